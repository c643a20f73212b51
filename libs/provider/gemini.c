/* Names of models in addresses of Gemini. */
#include "provider/gemini.h"

#include <string.h>

const char *cs_gemini_model(const char *model)
{
    static const char folder[] = "models/";

    return strncmp(model, folder, sizeof(folder) - 1) == 0 ? model + sizeof(folder) - 1 : model;
}

const char *cs_gemini_path(struct cs_arena *a, const char *model, const char *method)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    const char *path = "/models/";

    for (model = cs_gemini_model(model); *model; model++)
        path = strchr(plain, *model) ? cs_printf(a, "%s%c", path, *model)
                                     : cs_printf(a, "%s%%%02X", path, (unsigned char)*model);
    return cs_printf(a, "%s:%s", path, method);
}
