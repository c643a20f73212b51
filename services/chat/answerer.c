/* The answerer by llm_provider. */
#include "chat/answerer.h"

#include <string.h>

const struct answerer *answerer_find(const char *provider)
{
    return strcmp(provider, "builtin") == 0 ? &answerer_builtin : &answerer_model;
}
