/* A table of fixed size that maps an address and model to a set of parameters. */
#include "chat/learned.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { PLACES = 256, BITS = 0xf };

/* the upper bits say which model the lower ones are of */
static _Atomic uint64_t places[PLACES];

static uint64_t hash_add(uint64_t h, const char *s)
{
    do
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    while (*s++);
    return h;
}

static uint64_t model_hash(const char *base_url, const char *model)
{
    return hash_add(hash_add(14695981039346656037u, base_url), model);
}

unsigned learned_of(const char *base_url, const char *model)
{
    uint64_t name = model_hash(base_url, model), is = atomic_load(&places[name >> 56]);

    return ((is ^ name) & ~(uint64_t)BITS) == 0 ? (unsigned)(is & BITS) : 0;
}

void learned_add(const char *base_url, const char *model, unsigned about)
{
    uint64_t name = model_hash(base_url, model);
    unsigned all = learned_of(base_url, model) | about;

    atomic_store(&places[name >> 56], (name & ~(uint64_t)BITS) | all);
}

static bool fault_names(const struct cs_fault *f, const char *param)
{
    return strcmp(f->param, param) == 0 || strstr(f->message, param);
}

unsigned learned_from(int status, const struct cs_fault *f)
{
    bool old_name = fault_names(f, "max_tokens"),
         new_name = fault_names(f, "max_completion_tokens");

    if (status != 400 && status != 422)
        return 0;
    if (old_name && new_name)
        return CS_CHAT_MAX_NAME;
    if (old_name || new_name)
        return CS_CHAT_MAX_TOKENS;
    if (fault_names(f, "temperature"))
        return CS_CHAT_TEMPERATURE;
    return fault_names(f, "stream_options") ? CS_CHAT_STREAM_OPTIONS : 0;
}
