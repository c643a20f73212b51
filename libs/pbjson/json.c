/* An allocator for jansson that counts what the tree of this thread takes while it is parsed. */
#include "pbjson/json.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

struct json_account {
    size_t left;
    bool open, exceeded;
};

static _Thread_local struct json_account account;

static void *json_counted_malloc(size_t size)
{
    if (account.open && size > account.left) {
        account.exceeded = true;
        return NULL;
    }
    void *p = malloc(size);
    if (!p)
        abort();
    if (account.open) {
        size_t took = malloc_usable_size(p);
        account.left -= took < account.left ? took : account.left;
    }
    return p;
}

static void json_counted_free(void *p)
{
    if (account.open)
        account.left += malloc_usable_size(p);
    free(p);
}

static void json_install(void)
{
    json_set_alloc_funcs(json_counted_malloc, json_counted_free);
}

json_t *pbjson_load(const char *text, size_t len, size_t flags, size_t ceiling, json_error_t *error,
                    bool *ret_exceeded)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, json_install);
    account = (struct json_account){.left = ceiling, .open = true};
    json_t *tree = json_loadb(text, len, flags, error);
    account.open = false;
    if (ret_exceeded)
        *ret_exceeded = account.exceeded;
    return tree;
}
