/* The key of a question, the look-up by it and by its vector, and what is kept. */
#include "chat/answer_cache.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/utf8.h"
#include "bot/configuration.h"
#include "bus/client.h"
#include "chat/store_answer_cache.h"
#include "crypto/crypto.h"
#include "obs/metrics.h"
#include "provider/half.h"
#include "text/character.h"

#include <stdio.h>
#include <string.h>

enum { MAX_AGE_S = 24 * 3600, NEAR = 1000, EMBED_MS = 5000, MIB = 1 << 20 };

struct answer_cache {
    struct store_cached row; /* bot, hash, version; with a vector its space */
    int64_t max_age_s, deadline_ms;
    double threshold; /* 0: the same question alone */
    EmbedTextsRequest ask;
    int (*miss)(struct turn *t);
};

bool answer_cache_on(const Bot *bot)
{
    const BotConfiguration *c = bot->configuration;

    return c->answer_cache && c->answer_cache->enabled &&
           (c->agent_type == AGENT_TYPE_RAG || c->n_tools == 0);
}

static void cache_count(const char *result)
{
    char label[32];

    snprintf(label, sizeof(label), "result=\"%s\"", result);
    cs_metric_add(cs_counter("chatsphere_answer_cache_total", label,
                             "Questions looked up in the answer caches of bots."),
                  1);
}

/* The characters as their readers compare them, white space as one blank, nothing behind the last letter. */
static const char *question_plain(struct cs_arena *a, const char *question)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t len = strlen(question), kept = 0, at = 0;
    struct cs_char c;

    for (;; at = c.end) {
        cs_char_next(question, len, at, &c);
        if (c.kind == CS_CHAR_END)
            break;
        bool blank = b.len == 0 || b.data[b.len - 1] == ' ';
        if (c.kind == CS_CHAR_SPACE && !blank)
            cs_buf_adds(&b, " ");
        for (size_t i = 0; c.kind != CS_CHAR_SPACE && i < c.n; i++) {
            char out[CS_UTF8_MAX];
            cs_buf_add(&b, out, cs_utf8_put(out, c.at[i]));
        }
        if (c.kind != CS_CHAR_SPACE && c.kind != CS_CHAR_SIGN)
            kept = b.len;
    }
    return kept ? cs_strndup(a, b.data, kept) : question;
}

static const char *question_hash(struct turn *t)
{
    struct cs_arena *a = t->call->arena;
    const char *text =
        cs_printf(a, "%lld\n%s", (long long)t->bot->version, question_plain(a, t->question));
    char hex[CS_SHA256_HEX];

    cs_sha256_hex(hex, text, strlen(text));
    return cs_strdup(a, hex);
}

/* ---- a hit ---- */

static int cache_say(struct turn *t, const struct store_cached *c, const char *result)
{
    Frame frame = FRAME_INIT;

    cache_count(result);
    t->cached = true;
    t->finish = c->finish;
    if (t->bot->configuration->show_sources) {
        t->sources = *c->sources;
        frame.kind_case = FRAME_KIND_SOURCES;
        frame.sources = &t->sources;
        cs_frame(t->call, &frame);
    }
    turn_say(t, c->answer, strlen(c->answer));
    return turn_answered(t, 0);
}

static int cache_missed(struct turn *t)
{
    cache_count("miss");
    return t->cache->miss(t);
}

/* What the cache cannot tell because of a failure is answered anew. */
static int cache_failed(struct turn *t, const char *result)
{
    cs_ask_clear(t->call);
    cache_count(result);
    return t->cache->miss(t);
}

/* ---- similar questions ---- */

static double vector_cosine(const struct store_cached *a, const struct store_cached *b)
{
    const unsigned char *p = a->vector, *q = b->vector;
    double sum = 0;

    if (!p || !q || a->vector_bytes != b->vector_bytes)
        return 0;
    for (size_t i = 0; i + 1 < a->vector_bytes; i += 2)
        sum += (double)cs_half_float((uint16_t)(p[i] | p[i + 1] << 8)) *
               (double)cs_half_float((uint16_t)(q[i] | q[i + 1] << 8));
    return sum;
}

static int cache_nearest(struct turn *t)
{
    struct answer_cache *c = t->cache;
    struct store_cached *rows, found, *best = NULL;
    double most = c->threshold;
    size_t n;
    int r = store_answers_near(t->call, &c->row, c->max_age_s, NEAR, &rows, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        double cosine = vector_cosine(&c->row, &rows[i]);
        if (cosine >= most) {
            most = cosine;
            best = &rows[i];
        }
    }
    if (r == 0 && best)
        r = store_answer_cached(t->call, t->bot_id, best->hash, c->max_age_s, &found);
    if (r < 0)
        return cache_failed(t, "failed");
    return best && r == 0 ? cache_say(t, &found, "semantic") : cache_missed(t);
}

static int cache_embedded(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    struct turn *t = state;
    const Embeddings *e = (const Embeddings *)rep;

    call->deadline_ms = t->cache->deadline_ms;
    if (!e || e->dimensions < 1 || e->vectors.len != 2 * (size_t)e->dimensions || !e->space)
        return cache_failed(t, "failed");
    t->cache->row.space = e->space;
    t->cache->row.vector = e->vectors.data;
    t->cache->row.vector_bytes = e->vectors.len;
    return cache_nearest(t);
}

static int cache_embed(struct turn *t)
{
    struct answer_cache *c = t->cache;
    EmbedTextsRequest *req = &c->ask;
    int64_t until = cs_mono_ms() + EMBED_MS;

    *req = (EmbedTextsRequest)EMBED_TEXTS_REQUEST_INIT;
    req->bot_id = t->bot_id;
    req->texts = CS_NEW(t->call->arena, char *, 1);
    req->texts[0] = cs_strdup(t->call->arena, t->question);
    req->n_texts = 1;
    EmbedTextsRequest_set_query(req, true);
    if (until < c->deadline_ms)
        t->call->deadline_ms = until;
    return cs_ask_then(t->call, RPC_EMBED_EMBED_TEXTS, &req->base, cache_embedded, t);
}

/* ---- looking and keeping ---- */

int answer_cache_look(struct turn *t, int (*miss)(struct turn *t))
{
    const BotConfiguration *conf = t->bot->configuration;
    const AnswerCache *set = conf->answer_cache;
    struct answer_cache *c;
    struct store_cached found;

    if (!answer_cache_on(t->bot) || t->unkept || t->replaces ||
        (t->n_earlier > 0 && conf->chat_history_length > 0))
        return miss(t);
    c = t->cache = CS_NEW(t->call->arena, struct answer_cache, 1);
    c->row.bot = t->bot_id;
    c->row.hash = question_hash(t);
    c->row.version = t->bot->version;
    c->max_age_s = set->has_max_age_seconds ? set->max_age_seconds : MAX_AGE_S;
    c->threshold = set->has_threshold && cs_bot_has_vectors(conf) ? set->threshold : 0;
    c->deadline_ms = t->call->deadline_ms;
    c->miss = miss;
    int r = store_answer_cached(t->call, t->bot_id, c->row.hash, c->max_age_s, &found);
    if (r < 0)
        return cache_failed(t, "failed");
    if (r == 0)
        return cache_say(t, &found, "exact");
    return c->threshold > 0 ? cache_embed(t) : cache_missed(t);
}

void answer_cache_keep(struct turn *t)
{
    struct cs_call *call = t->call;

    if (!t->cache || t->cached || t->n_earlier > 0 || !t->found || t->found->unknown ||
        t->text.whole.len == 0 || strcmp(t->finish, "stop") != 0)
        return;
    t->cache->row.answer = cs_strndup(call->arena, t->text.whole.data, t->text.whole.len);
    t->cache->row.finish = t->finish;
    t->cache->row.sources = &t->sources;
    if (store_answer_keep(call, &t->cache->row, t->accepted_ms,
                          (int64_t)cs_env_int("ANSWER_CACHE_MB") * MIB) < 0)
        cs_ask_clear(call); /* logged where it began; the answer is given all the same */
}

int answer_cache_on_change(struct cs_call *call, const char *bot, const char *id)
{
    (void)id;
    return bot ? store_answers_clear(call, bot, false) : 0;
}
