/* The table of vector stores, and the one that this process uses. */
#include "retrieve/vector/vector_store.h"

#include "base/env.h"
#include "base/log.h"
#include "http/engine.h"
#include "retrieve/vector/remote.h"

#include <stdio.h>
#include <string.h>

static const struct vector_store vector_builtin = {.name = "builtin", .inside = true};

static const struct vector_store *const stores[] = {&vector_builtin, &vector_pgvector,
                                                    &vector_qdrant, &vector_pinecone};

static const struct vector_store *used = &vector_builtin;
static char id[512]; /* "": builtin */

static int vector_store_refused(const char *why)
{
    cs_log(CS_ERROR, why, "store", used->name, NULL);
    return -1;
}

int vector_store_start(void)
{
    const char *name = cs_env("VECTOR_STORE"), *url = cs_env("VECTOR_URL");

    for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
        if (strcmp(stores[i]->name, name) == 0)
            used = stores[i];
    if (used->remote && !url)
        return vector_store_refused("CHATSPHERE_VECTOR_URL is required by this vector store");
    if (used->remote && strlen(url) > REMOTE_URL_MAX)
        return vector_store_refused("CHATSPHERE_VECTOR_URL is too long");
    if (cs_env("VECTOR_KEY") && strlen(cs_env("VECTOR_KEY")) > REMOTE_KEY_MAX)
        return vector_store_refused("CHATSPHERE_VECTOR_KEY is too long");
    if (!used->inside)
        snprintf(id, sizeof(id), used->remote ? "%s %s" : "%s", used->name, url);
    if (cs_http_start() < 0 || (used->start && used->start() < 0))
        return -1;
    cs_log(CS_INFO, "vectors are searched in", "store", used->name, NULL);
    return 0;
}

void vector_store_stop(void)
{
    cs_http_stop();
    used = &vector_builtin;
    id[0] = '\0';
}

const struct vector_store *vector_store(void)
{
    return used;
}

const char *vector_store_id(void)
{
    return id[0] ? id : NULL;
}
