/* A table of fixed size that maps an address and model to a set of parameters. */
#include "chat/learned.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { PLACES = 256, BITS = (1 << CS_CHAT_PARAMS) - 1 };

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

/* A template that wants questions and answers in turn, or that has no place for what the system says. Another try costs
 * little, and is learned only when it succeeds: so any words about roles or templates will do. */
static bool fault_is_of_roles(const struct cs_fault *f)
{
    const char *m = f->message;
    bool role = strcasestr(m, "role"),
         orders = strcasestr(m, "system") || strcasestr(m, "developer");

    if (strcasestr(m, "must alternate") || strcasestr(m, "instruction is not enabled") ||
        strcasestr(m, "jinja") || strcasestr(m, "chat template"))
        return true;
    if (role && (orders || strcasestr(m, "assistant")))
        return true;
    return orders &&
           (strcasestr(m, "message") || strcasestr(m, "prompt") || strcasestr(m, "instruction")) &&
           (strcasestr(m, "not support") || strcasestr(m, "unsupported") ||
            strcasestr(m, "not allowed") || strcasestr(m, "invalid"));
}

static bool fault_is_of_streams(const struct cs_fault *f)
{
    const char *m = f->message;

    return strcasestr(m, "streaming is not supported") || strcasestr(m, "not support streaming") ||
           strcasestr(m, "does not support stream") || strcasestr(m, "to stream this model");
}

unsigned learned_from(int status, const struct cs_fault *f)
{
    bool old_name = fault_names(f, "max_tokens"),
         new_name = fault_names(f, "max_completion_tokens");

    status = status ? status : f->status;
    if ((status == 400 || status == 422 || status == 500) && fault_is_of_roles(f))
        return CS_CHAT_SYSTEM; /* some servers fail within the template */
    if (status != 400 && status != 422)
        return 0;
    if (old_name && new_name)
        return CS_CHAT_MAX_NAME;
    if (old_name || new_name)
        return CS_CHAT_MAX_TOKENS;
    if (fault_names(f, "temperature"))
        return CS_CHAT_TEMPERATURE;
    if (fault_names(f, "stream_options"))
        return CS_CHAT_STREAM_OPTIONS;
    return strcmp(f->param, "stream") == 0 || fault_is_of_streams(f) ? CS_CHAT_STREAM : 0;
}
