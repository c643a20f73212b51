/* Messages, summary, passages, vectors, store: a stage each. */
#include "chat/digest.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bus/background.h"
#include "bus/client.h"
#include "chat/announce.h"
#include "chat/store_digest.h"
#include "chat/summarize.h"
#include "chat/wordlist.h"
#include "obs/metrics.h"

#include <string.h>

enum {
    PASSAGES = 64,              /* with the summary: as many as can be embedded at a time */
    QUESTION_BYTES = 400,       /* of a passage */
    PASSAGE_BYTES = 1000,       /* the same, with its answer */
    HASTY_MODEL_MS = 12 * 1000, /* somebody waits for the end of the conversation */
    HASTY_VECTORS_MS = 6 * 1000,
    MODEL_MS = 60 * 1000,
    VECTORS_MS = 30 * 1000,
    RESERVE_MS = 2000,
    LEASE_S = 180, /* more than a round of the ticker takes for one */
    TRIES = 5,
    RETRY_S = 30,
    ROUND = 20,
};

struct digest {
    struct store_undigested from;
    struct store_digest made;
    struct summary_text *said; /* the lines of `from` */
    Bot *bot;                  /* NULL: it is gone */
    bool hasty, missed;        /* missed: something can be had at the next try */
    int64_t deadline_ms;       /* of the call */
    EmbedTextsRequest texts;
    digest_fn *next;
    void *state;
};

static void digest_count(const char *by)
{
    char label[32];

    snprintf(label, sizeof(label), "summary=\"%s\"", by);
    cs_metric_add(cs_counter("chatsphere_digests_total", label, "Digests of conversations made."),
                  1);
}

/* ---- store ---- */

static int digest_store(struct cs_call *call, struct digest *d)
{
    Conversation c = CONVERSATION_INIT;
    int64_t version;
    int r;

    call->deadline_ms = d->deadline_ms;
    d->made.retry_s = d->missed && d->from.tries < TRIES ? RETRY_S : 0;
    store_begin(call);
    r = store_digest(call, &d->made, &c, &version);
    if (r == 0) {
        announce_conversation(call, "summarised", &c, version, NULL);
        r = store_commit(call);
    }
    if (r < 0)
        return r;
    return d->next(call, d->state, r == 0 ? d->made.summary : NULL);
}

/* ---- vectors ---- */

static int digest_embedded(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    struct digest *d = state;
    const Embeddings *e = (const Embeddings *)rep;
    size_t bytes = e ? (size_t)e->dimensions * 2 : 0;

    if (e && bytes > 0 && e->vectors.len == bytes * d->made.n && e->space) {
        d->made.space = e->space;
        d->made.vectors = e->vectors.data;
        d->made.vector_bytes = bytes;
    } else {
        d->missed = true;
        cs_log(CS_WARN, "a conversation got no vectors", "conversation", d->made.conversation,
               "reason", call->detail ? call->detail : "an unreadable answer", NULL);
        cs_ask_clear(call);
    }
    return digest_store(call, d);
}

static int64_t digest_until(const struct digest *d, int64_t ms)
{
    int64_t until = cs_mono_ms() + ms;

    return until < d->deadline_ms - RESERVE_MS ? until : d->deadline_ms - RESERVE_MS;
}

static int digest_embed(struct cs_call *call, struct digest *d)
{
    EmbedTextsRequest *req = &d->texts;

    if (!d->bot || !cs_bot_has_vectors(d->bot->configuration))
        return digest_store(call, d);
    *req = (EmbedTextsRequest)EMBED_TEXTS_REQUEST_INIT;
    req->bot_id = d->bot->id;
    req->n_texts = d->made.n;
    req->texts = CS_NEW(call->arena, char *, req->n_texts);
    for (size_t i = 0; i < req->n_texts; i++)
        req->texts[i] = cs_strdup(call->arena, d->made.passages[i].text);
    call->deadline_ms = digest_until(d, d->hasty ? HASTY_VECTORS_MS : VECTORS_MS);
    return cs_ask_then(call, RPC_EMBED_EMBED_TEXTS, &req->base, digest_embedded, d);
}

/* ---- passages ---- */

/* Title, summary, and all that was said, for its words. */
static const char *digest_all(struct cs_arena *a, const struct digest *d)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_addf(&b, "%s\n\n%s", d->from.title ? d->from.title : "", d->made.summary);
    for (size_t i = 0; i < d->from.n; i++)
        cs_buf_addf(&b, "\n\n%s", d->from.lines[i].text);
    return cs_strdup(a, b.data);
}

static void passage_words(struct cs_arena *a, struct store_passage *p, const char *text)
{
    p->words = wordlist_of(a, text, &p->n_words);
}

/* The lines at i and behind it that are of one turn, as a passage. Returns the line behind them. */
static size_t passage_of_turn(struct cs_arena *a, const struct digest *d, size_t i,
                              struct store_passage *p)
{
    const struct store_line *lines = d->from.lines;
    CS_BUF_AUTO struct cs_buf b = {0};

    p->turn = lines[i].turn;
    for (; i < d->from.n && strcmp(lines[i].turn, p->turn) == 0; i++) {
        size_t max = lines[i].user ? QUESTION_BYTES : PASSAGE_BYTES;
        if (b.len + 2 < max)
            cs_buf_addf(&b, "%s%.*s", b.len ? "\n\n" : "",
                        (int)cs_utf8_cut(lines[i].text, strlen(lines[i].text), max - b.len - 2),
                        lines[i].text);
    }
    p->text = cs_strdup(a, b.data ? b.data : "");
    passage_words(a, p, p->text);
    return i;
}

static void digest_passages(struct cs_arena *a, struct digest *d)
{
    struct store_passage *p = CS_NEW(a, struct store_passage, PASSAGES);
    size_t n = 1;

    p[0].text =
        d->from.title ? cs_printf(a, "%s\n\n%s", d->from.title, d->made.summary) : d->made.summary;
    passage_words(a, &p[0], digest_all(a, d));
    for (size_t i = 0; i < d->from.n && n < PASSAGES; n++)
        i = passage_of_turn(a, d, i, &p[n]);
    d->made.passages = p;
    d->made.n = n;
}

/* ---- summary ---- */

static int digest_summarized(struct cs_call *call, void *state, const char *text)
{
    struct digest *d = state;

    call->deadline_ms = d->deadline_ms;
    digest_count(text ? "model" : "extract");
    d->missed = d->missed || (!text && d->bot && !cs_bot_answers_builtin(d->bot->configuration));
    d->made.summary = text ? text : summary_extract(call->arena, d->said, d->from.n);
    digest_passages(call->arena, d);
    return digest_embed(call, d);
}

static int digest_summarize(struct cs_call *call, struct digest *d)
{
    const BotConfiguration *c = d->bot ? d->bot->configuration : NULL;
    int64_t ms = d->hasty ? HASTY_MODEL_MS : MODEL_MS;

    d->said = CS_NEW(call->arena, struct summary_text, d->from.n);
    for (size_t i = 0; i < d->from.n; i++)
        d->said[i] = (struct summary_text){d->from.lines[i].user, d->from.lines[i].text};
    if (!c || cs_bot_answers_builtin(c) || !cs_bot_has_model(c) || d->from.n == 0)
        return digest_summarized(call, d, NULL);
    return summarize_then(call,
                          &(struct summarize){.bot = d->bot,
                                              .said = d->said,
                                              .n = d->from.n,
                                              .timeout_ms = digest_until(d, ms) - cs_mono_ms(),
                                              .next = digest_summarized,
                                              .state = d});
}

/* ---- the beginning ---- */

static struct digest *digest_new(struct cs_call *call, const char *conversation, digest_fn *next,
                                 void *state)
{
    struct digest *d = CS_NEW(call->arena, struct digest, 1);

    d->made.conversation = cs_strdup(call->arena, conversation);
    d->deadline_ms = call->deadline_ms;
    d->next = next;
    d->state = state;
    return d;
}

static int digest_begin(struct cs_call *call, struct digest *d)
{
    int r = store_undigested(call, d->made.conversation, &d->from);

    if (r != 0)
        return r == STORE_NONE ? d->next(call, d->state, NULL) : r;
    if (cs_bot_get(call, d->from.bot, &d->bot) < 0) {
        d->bot = NULL;
        cs_ask_clear(call);
    }
    return digest_summarize(call, d);
}

int digest_make(struct cs_call *call, const char *conversation, digest_fn *next, void *state)
{
    struct digest *d = digest_new(call, conversation, next, state);

    d->hasty = true;
    return digest_begin(call, d);
}

static int digest_ticked(struct cs_call *call, void *state, const char *summary)
{
    (void)call;
    (void)state;
    (void)summary;
    return 0;
}

void digest_tick(struct cs_call *call)
{
    int64_t deadline_ms = call->deadline_ms;
    struct store_due *due;
    size_t n = 0;

    if (store_digests_due(call, ROUND, &due, &n) < 0)
        cs_ask_clear(call); /* logged where it began; the next round asks again */
    for (size_t i = 0; i < n; i++) {
        call->tenant = due[i].tenant;
        call->deadline_ms = deadline_ms;
        int r = store_digest_claim(call, due[i].conversation, LEASE_S);
        if (r == 0)
            r = cs_background_wait(
                call->state,
                digest_begin(call, digest_new(call, due[i].conversation, digest_ticked, NULL)));
        if (r < 0)
            cs_ask_clear(call);
    }
    call->deadline_ms = deadline_ms;
    call->tenant = NULL;
}
