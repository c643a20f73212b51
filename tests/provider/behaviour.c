/* The query of a model's name, read into numbers with defaults. */
#include "behaviour.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void behaviour_parse(const char *model, struct behaviour *ret)
{
    const struct {
        const char *name;
        int *value;
    } table[] = {
        {"words", &ret->words},   {"first", &ret->first_ms}, {"token", &ret->token_ms},
        {"status", &ret->status}, {"times", &ret->times},    {"after", &ret->after_s},
        {"cut", &ret->cut},       {"error", &ret->error},    {"trickle", &ret->trickle},
        {"echo", &ret->echo},     {"dims", &ret->dims},      {"quota", &ret->quota},
        {"picky", &ret->picky},   {"wide", &ret->wide},      {"lies", &ret->lies},
        {"flood", &ret->flood},   {"mix", &ret->mix},        {"html", &ret->html},
        {"date", &ret->date},     {"turned", &ret->turned},  {"cr", &ret->cr},
        {"split", &ret->split},   {"gzip", &ret->gzip},      {"open", &ret->open},
        {"plain", &ret->plain},   {"long", &ret->longest},   {"script", &ret->script},
    };
    const char *at = strchr(model, '?');

    *ret = (struct behaviour){.words = 16, .times = -1, .cut = -1, .error = -1, .dims = 1536};
    while (at && *at) {
        char name[32];
        int value, n = 0;
        if (sscanf(at + 1, "%31[a-z]=%d%n", name, &value, &n) < 2)
            return;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
            if (strcmp(table[i].name, name) == 0)
                *table[i].value = value;
        at += 1 + n;
    }
}
