/* The answerer by llm_provider. */
#include "chat/answerer.h"

#include "provider/provider.h"

#include <string.h>

const struct answerer *answerer_find(const char *provider)
{
    if (strcmp(provider, "builtin") == 0)
        return &answerer_builtin;
    return cs_provider_chat(provider, "") ? &answerer_model : NULL;
}
