#include "chat/answerer.h"

static const struct answerer *const answerers[] = {&answerer_builtin};

const struct answerer *answerer_find(const char *provider)
{
    for (size_t i = 0; i < sizeof(answerers) / sizeof(answerers[0]); i++) {
        if (strcmp(answerers[i]->provider, provider) == 0)
            return answerers[i];
    }
    return NULL;
}
