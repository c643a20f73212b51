/* The table of answerers by llm_provider. */
#include "chat/answerer.h"

static const struct {
    const char *provider;
    const struct answerer *answerer; /* NULL: a format of its own that is not spoken */
} answerers[] = {
    {"builtin", &answerer_builtin},
    {"anthropic", NULL},
    {"gemini", NULL},
};

const struct answerer *answerer_find(const char *provider)
{
    for (size_t i = 0; i < sizeof(answerers) / sizeof(answerers[0]); i++) {
        if (strcmp(answerers[i].provider, provider) == 0)
            return answerers[i].answerer;
    }
    return &answerer_model;
}
