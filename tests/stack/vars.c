/* A JSON object of names and values. */
#include "vars.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct vars *vars_new(void)
{
    return (struct vars *)json_object();
}

void vars_free(struct vars *v)
{
    json_decref((json_t *)v);
}

const char *vars_get(const struct vars *v, const char *name)
{
    return json_string_value(json_object_get((const json_t *)v, name));
}

void vars_set(struct vars *v, const char *name, const char *value)
{
    json_object_set_new((json_t *)v, name, json_string(value));
}

void vars_expand(const struct vars *v, const char *text, struct cs_buf *out)
{
    while (*text) {
        char name[64];
        const char *value;
        size_t n = strcspn(text, "$"), len = 0;
        bool braced;

        cs_buf_add(out, text, n);
        text += n;
        if (!*text)
            return;
        braced = text[1] == '{';
        for (const char *p = text + 1 + braced; isalnum((unsigned char)*p) || *p == '_'; p++)
            len++;
        snprintf(name, sizeof(name), "%.*s", (int)len, text + 1 + braced);
        value = len > 0 ? vars_get(v, name) : NULL;
        if (value) {
            cs_buf_adds(out, value);
            text += 1 + len + (braced ? 2 : 0);
        } else {
            cs_buf_add(out, text++, 1);
        }
    }
}
