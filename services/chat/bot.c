#include "chat/bot.h"

#include "base/clock.h"
#include "base/id.h"
#include "pbjson/pbjson.h"

#include <pthread.h>

enum { SLOTS = 256, TTL_MS = 2000 };

/* A bot is in the slot of its id or nowhere; two that share one push each other out. */
struct slot {
    char id[CS_ID_SIZE], tenant[CS_ID_SIZE];
    int64_t until_ms;
    void *packed;
    size_t len;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot slots[SLOTS];

static struct slot *slot_of(const char *id, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)id[i]) * 16777619u;
    return &slots[h % SLOTS];
}

/* tenant NULL: whoever's it is */
static Bot *recall(struct cs_arena *a, const char *id, const char *tenant)
{
    struct slot *s = slot_of(id, strlen(id));
    Bot *bot = NULL;

    pthread_mutex_lock(&lock);
    if (s->packed && strcmp(s->id, id) == 0 && cs_mono_ms() < s->until_ms &&
        (!tenant || strcmp(s->tenant, tenant) == 0)) {
        bot = (Bot *)pbjson_unpack(a, &chatsphere__v1__bot__descriptor, s->packed, s->len);
        if (bot)
            bot->tenant_id = cs_strdup(a, s->tenant);
    }
    pthread_mutex_unlock(&lock);
    return bot;
}

static void remember(const char *id, const char *tenant, const Bot *bot)
{
    struct slot *s = slot_of(id, strlen(id));
    size_t len = chatsphere__v1__bot__get_packed_size(bot);
    void *packed = malloc(len ? len : 1);

    if (!packed)
        abort();
    chatsphere__v1__bot__pack(bot, packed);
    pthread_mutex_lock(&lock);
    free(s->packed);
    *s = (struct slot){.until_ms = cs_mono_ms() + TTL_MS, .packed = packed, .len = len};
    snprintf(s->id, sizeof(s->id), "%s", id);
    snprintf(s->tenant, sizeof(s->tenant), "%s", tenant);
    pthread_mutex_unlock(&lock);
}

void bot_on_change(const char *subject, const char *id, size_t len)
{
    struct slot *s = slot_of(id, len);

    (void)subject;
    pthread_mutex_lock(&lock);
    if (strlen(s->id) == len && strncmp(s->id, id, len) == 0)
        s->until_ms = 0;
    pthread_mutex_unlock(&lock);
}

static int no_such_bot(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "no such bot");
}

static int fetch_failed(struct cs_call *call, int r)
{
    return call->status == CS_NOT_FOUND ? no_such_bot(call) : r;
}

Bot *bot_known(struct cs_call *call, const char *id)
{
    return recall(call->arena, id, call->tenant);
}

int bot_get(struct cs_call *call, const char *id, Bot **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    int r;

    if (!cs_id_valid(id))
        return no_such_bot(call);
    *ret = bot_known(call, id);
    if (*ret)
        return 0;
    req.bot_id = (char *)id;
    r = bot_store_get_bot(call, &req, ret);
    if (r < 0)
        return fetch_failed(call, r);
    remember(id, call->tenant, *ret);
    return 0;
}

int bot_get_public(struct cs_call *call, const char *id, Bot **ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    int r;

    if (!cs_id_valid(id))
        return no_such_bot(call);
    *ret = recall(call->arena, id, NULL);
    if (*ret)
        return (*ret)->is_public ? 0 : no_such_bot(call);
    req.bot_id = (char *)id;
    r = bot_store_get_public_bot(call, &req, ret);
    if (r < 0)
        return fetch_failed(call, r);
    remember(id, (*ret)->tenant_id, *ret);
    return 0;
}
