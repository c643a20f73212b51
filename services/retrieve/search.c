/* search: the way of a question, through the snapshot in memory to the passages */
#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bus/client.h"
#include "crypto/crypto.h"
#include "nats/wire.h"
#include "retrieve/explain.h"
#include "retrieve/filter.h"
#include "retrieve/item.h"
#include "retrieve/kernel.h"
#include "retrieve/nearest.h"
#include "retrieve/retrieve.h"
#include "retrieve/space.h"
#include "retrieve/store.h"

#include <ctype.h>
#include <string.h>

enum { MAX_AGE_MS = 2000, MAX_DIMS = 4096, TRIES = 3 };

/* an outcome: the snapshot is older than the question, or passages were replaced or dropped since */
enum { STALE = 10, MOVED };

/* of answer_vector(): the ranking can be made */
enum { VECTOR_THERE = 20 };

/* The question's vector, and the space of the documents when it was asked for; NULL: not known. */
struct asked {
    const Embeddings *embeddings; /* NULL: words alone count */
    const char *space;
    int times;
    int64_t began_us;
    const char *note;       /* why the vector does not count; NULL: it does, or none was wanted */
    struct nearest nearest; /* of a vector store outside */
};

static struct cache *cache;

int search_start(void)
{
    static const struct cache_source source = {.state = store_cache_state, .load = store_load};

    cache = cache_new(&source, (size_t)cs_env_int("CACHE_MB") << 20, MAX_AGE_MS);
    cs_log(CS_INFO, "scanning", "kernel", kernel_best()->name, NULL);
    return cs_crypto_init() < 0 ? -1 : vector_store_start();
}

void search_stop(void)
{
    vector_store_stop();
    cache_free(cache);
    cache = NULL;
}

struct cache *search_cache(void)
{
    return cache;
}

static void id_lower(char out[CS_ID_SIZE], const char *id)
{
    size_t i = 0;

    for (; i < CS_ID_SIZE - 1 && id[i]; i++)
        out[i] = (char)tolower((unsigned char)id[i]);
    out[i] = '\0';
}

/* 0 and a reference, STORE_NONE, or negative */
static int snapshot_acquire(struct cs_call *call, const SearchRequest *req, int64_t min_version,
                            struct snapshot **ret)
{
    struct cache_key key;

    id_lower(key.tenant, call->tenant);
    id_lower(key.bot, req->bot_id);
    int r = cache_get(cache, &key, min_version, call->deadline_ms, call, ret);
    switch (r) {
    case STORE_LATE:
        return cs_fail(call, CS_TIMEOUT, "The bot's documents are still being loaded.");
    case STORE_STALE:
        return cs_fail(call, CS_CONFLICT, "The bot's documents have not reached this version.");
    default: return r;
    }
}

/* a bot without documents finds nothing; a bot that is not there is an error */
static int search_nothing(struct cs_call *call, const SearchRequest *req)
{
    SearchReply *rep = (SearchReply *)call->rep;
    Bot *bot;

    SearchReply_set_unknown(rep, true);
    SearchReply_set_mode(rep, req->mode == SEARCH_MODE_VECTOR ? SEARCH_MODE_VECTOR
                                                              : SEARCH_MODE_LEXICAL);
    if (req->explain) {
        rep->explanation = SearchExplanation_new(call->arena);
        SearchExplanation_set_documents(rep->explanation, 0);
        SearchExplanation_set_passages(rep->explanation, 0);
        rep->explanation->filter = req->filter;
        SearchExplanation_set_dropped_total(rep->explanation, 0);
    }
    return cs_bot_get(call, req->bot_id, &bot);
}

/* ---- the passages ---- */

/* A search under way, over one try or several. */
struct search {
    struct cs_call *call;
    struct asked *asked;
    bool known; /* min_version is no older than the question */
    int64_t min_version;
};

/*
 * The passages, read together with the version of the collection: a change that was committed before the question
 * is seen, whichever process made it. One that comes later may be missed, so the version counts once. Behind it, the
 * first of `ranked` are the rows of the items.
 */
static int items_fill(struct search *x, const struct snapshot *s, struct ranked *ranked, size_t n,
                      const struct lexical_query *words)
{
    struct cs_call *call = x->call;
    const SearchRequest *req = (const SearchRequest *)call->req;
    SearchReply *rep = (SearchReply *)call->rep;
    struct store_place *places = CS_NEW(call->arena, struct store_place, n);
    struct store_passage *passages;
    size_t bytes = 0;
    int64_t version;

    for (size_t i = 0; i < n; i++) {
        const struct snapshot_row *row = &s->rows[ranked[i].row];
        places[i] = (struct store_place){
            .document = s->documents[row->document].id,
            .version = s->documents[row->document].version,
            .ord = (int32_t)row->ord,
        };
    }
    int r = store_passages(call, req->bot_id, places, n, &passages, &version);
    if (r)
        return r;
    x->min_version = version > s->version ? version : s->version + 1;
    if (!x->known && version != s->version)
        r = STALE;
    x->known = true;
    rep->items = CS_NEW(call->arena, Hit *, n);
    for (size_t i = 0; i < n; i++) {
        if (!passages[i].body) {
            r = STALE;
            continue;
        }
        bytes += strlen(passages[i].body) + strlen(passages[i].heading_path);
        if (rep->n_items > 0 && bytes > CS_MAX_PART)
            break;
        ranked[rep->n_items] = ranked[i];
        rep->items[rep->n_items++] =
            item_of(call->arena, s, &ranked[i], &passages[i], req->bare ? NULL : words);
    }
    return r;
}

static void search_explain(struct search *x, const struct snapshot *s, const struct ranked *ranked,
                           const struct lexical_query *words, const struct filtered *filtered)
{
    struct cs_arena *a = x->call->arena;
    SearchReply *rep = (SearchReply *)x->call->rep;

    explain(a, s, ranked, words, filtered->rows, rep);
    SearchExplanation_set_documents(rep->explanation, (int64_t)filtered->n_documents);
    SearchExplanation_set_passages(rep->explanation, (int64_t)filtered->n_rows);
    rep->explanation->filter = ((const SearchRequest *)x->call->req)->filter;
    if (x->asked->note) {
        rep->explanation->n_notes = 1;
        rep->explanation->notes = CS_NEW(a, char *, 1);
        rep->explanation->notes[0] = cs_strdup(a, x->asked->note);
    }
}

/* Few of the question's words are in the documents, and nothing else speaks for what was found. */
static bool hardly_known(const struct rank_question *q, const struct lexical_query *words, size_t n)
{
    return n == 0 || (!q->matrix && !q->nearest && words && words->known * 2 < words->asked);
}

static int answer_from(struct search *x, const struct snapshot *s, struct rank_question *q)
{
    struct cs_call *call = x->call;
    const SearchRequest *req = (const SearchRequest *)call->req;
    SearchReply *rep = (SearchReply *)call->rep;
    struct ranked *ranked = CS_NEW(call->arena, struct ranked, q->k);
    const struct lexical_query *words = NULL;
    bool has_vectors = q->matrix || q->nearest,
         no_space = !q->query && !has_vectors && s->n_rows > 0;
    struct filtered filtered;
    size_t n = 0;
    int r = filter_rows(call, req->bot_id, req->filter, s, &filtered);

    if (r)
        return r;
    q->allowed = filtered.rows;
    SearchReply_set_mode(rep, !q->query     ? SEARCH_MODE_VECTOR
                              : has_vectors ? SEARCH_MODE_HYBRID
                                            : SEARCH_MODE_LEXICAL);
    if (s->n_rows > 0 && !no_space)
        n = rank(s, call->arena, q, ranked, &words);
    rep->corrected_query = words ? words->corrected : NULL;
    SearchReply_set_version(rep, s->version);
    SearchReply_set_unknown(rep, hardly_known(q, words, n));
    r = items_fill(x, s, ranked, n, words);
    if (req->explain && r >= 0)
        search_explain(x, s, ranked, words, &filtered);
    return r == 0 && no_space
               ? cs_fail(call, CS_UNPROCESSABLE,
                         "The bot's documents have no vectors of its embedding model.")
               : r;
}

/* ---- the question ---- */

/* the question's vector as floats, or NULL if it is none that these documents know */
static const float *vector_of(struct cs_call *call, const Embeddings *e, const struct snapshot *s,
                              const struct snapshot_matrix **ret_matrix)
{
    const struct snapshot_matrix *m = e->space ? snapshot_space(s, e->space) : NULL;
    bool known = s->outside ? e->space && strcmp(e->space, s->space) == 0
                            : m && e->dimensions == (int32_t)m->dims;

    if (!known || e->dimensions < 1 || e->dimensions > MAX_DIMS ||
        e->vectors.len != (size_t)e->dimensions * sizeof(uint16_t))
        return NULL;
    float *vector = CS_NEW(call->arena, float, e->dimensions);
    for (int32_t i = 0; i < e->dimensions; i++) {
        uint16_t h;
        memcpy(&h, e->vectors.data + (size_t)i * sizeof(h), sizeof(h));
        if (!half_finite(h))
            return NULL;
        vector[i] = half_to_float(h);
    }
    *ret_matrix = m;
    return vector;
}

static int ask_vector(struct cs_call *call, const SearchRequest *req, struct snapshot *s,
                      struct asked *asked);

static int with_nearest(struct cs_call *call, void *state);

/*
 * VECTOR_THERE: rows of the snapshot from the vector store, in *q. Else it was asked (again), and the search goes on in
 * with_nearest(), be it later or already done.
 */
static int search_nearest(struct search *x, const struct snapshot *s, struct rank_question *q)
{
    const SearchRequest *req = (const SearchRequest *)x->call->req;
    struct nearest *nearest = &x->asked->nearest;
    const struct vector_question question = {
        .tenant = x->call->tenant,
        .bot = req->bot_id,
        .space = cs_strdup(x->call->arena, s->space),
        .vector = q->vector,
        .dims = (uint32_t)x->asked->embeddings->dimensions,
    };

    nearest->first = req->filter ? VECTOR_MOST : 0;
    if (nearest->times == 0 || (nearest->at && !nearest_rows(x->call, nearest, s)))
        return nearest_ask(x->call, nearest, &question, with_nearest, x->asked);
    q->nearest = nearest->at ? nearest : NULL;
    return VECTOR_THERE;
}

/*
 * VECTOR_THERE: the question's vector is in *q, with what it is compared with, or does not count. MOVED: the documents
 * are in another space than when it was asked for. Else the search goes on elsewhere.
 */
static int answer_vector(struct search *x, const struct snapshot *s, struct rank_question *q)
{
    const Embeddings *embeddings = x->asked->embeddings;

    q->vector = vector_of(x->call, embeddings, s, &q->matrix);
    if (q->vector)
        return s->outside ? search_nearest(x, s, q) : VECTOR_THERE;
    if (x->asked->space && s->space && strcmp(x->asked->space, s->space) != 0)
        return MOVED;
    x->asked->note = "The documents have vectors of another model than the query.";
    cs_log(CS_WARN, "the documents are in another vector space", "bot",
           ((const SearchRequest *)x->call->req)->bot_id, "space", embeddings->space, NULL);
    return VECTOR_THERE;
}

static int answer_at(struct search *x)
{
    struct cs_call *call = x->call;
    const SearchRequest *req = (const SearchRequest *)call->req;
    struct rank_question q = {
        .query = req->mode == SEARCH_MODE_VECTOR ? NULL : req->query,
        .earlier = req->earlier,
        .n_earlier = req->n_earlier,
        .k = req->has_k ? (size_t)req->k : CS_BOT_RETRIEVER_K,
        .min_score = req->min_score,
    };
    bool wants_vector =
        req->mode == SEARCH_MODE_VECTOR ||
        (req->mode != SEARCH_MODE_LEXICAL && (!req->has_has_vectors || req->has_vectors));
    struct snapshot *s;
    int r = snapshot_acquire(call, req, x->min_version, &s);

    ((SearchReply *)call->rep)->n_items = 0;
    if (r)
        return r == STORE_NONE ? search_nothing(call, req) : r;
    if (x->asked->times == 0 && wants_vector && (s->n_matrices > 0 || s->outside))
        return ask_vector(call, req, s, x->asked);
    r = x->asked->embeddings ? answer_vector(x, s, &q) : VECTOR_THERE;
    if (r == VECTOR_THERE)
        r = answer_from(x, s, &q);
    snapshot_unref(s);
    return r;
}

/* while documents change all the time, what is left of the last try has to do */
static int search_answer(struct cs_call *call, struct asked *asked)
{
    struct search x = {
        .call = call,
        .asked = asked,
        .min_version = ((const SearchRequest *)call->req)->min_version,
    };
    int r = STALE;

    for (int i = 0; i < TRIES && r == STALE; i++)
        r = answer_at(&x);
    SearchReply_set_took_ms((SearchReply *)call->rep,
                            (double)(cs_mono_us() - asked->began_us) / 1000);
    return r == STALE ? 0 : r;
}

/* The documents are of another model than a moment ago: the question's vector is asked for anew. */
static int search_again(struct cs_call *call, struct asked *asked)
{
    const SearchRequest *req = (const SearchRequest *)call->req;
    struct snapshot *s;
    int r = snapshot_acquire(call, req, req->min_version, &s);

    if (r)
        return r == STORE_NONE ? search_nothing(call, req) : r;
    asked->nearest = (struct nearest){0};
    return ask_vector(call, req, s, asked);
}

static int with_nearest(struct cs_call *call, void *state)
{
    const SearchRequest *req = (const SearchRequest *)call->req;
    struct asked *asked = state;

    if (!asked->nearest.at) {
        if (req->mode == SEARCH_MODE_VECTOR)
            return -call->status;
        cs_log(CS_WARN, "no vectors are found for the question; searching by words only", "bot",
               req->bot_id, "reason", call->detail, NULL);
        asked->note = cs_printf(call->arena, "The query was searched by words alone: %s",
                                call->detail ? call->detail : "The vector store failed.");
        cs_ask_clear(call);
    }
    int r = search_answer(call, asked);
    return r == MOVED ? search_again(call, asked) : r;
}

static int with_vector(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    const SearchRequest *req = (const SearchRequest *)call->req;
    struct asked *asked = state;

    if (!rep) {
        if (req->mode == SEARCH_MODE_VECTOR)
            return -call->status;
        cs_log(CS_WARN, "the question has no vector; searching by words only", "bot", req->bot_id,
               "reason", call->detail, NULL);
        asked->note = cs_printf(call->arena, "The query was searched by words alone: %s",
                                call->detail ? call->detail : "It could not be embedded.");
        cs_ask_clear(call);
    }
    asked->embeddings = (const Embeddings *)rep;
    int r = search_answer(call, asked);
    return r == MOVED ? search_again(call, asked) : r;
}

/* The model that made the documents' vectors, which is not the bot's while those of a new one are made. */
static void ask_model(struct cs_call *call, const struct snapshot *s, EmbedTextsRequest *ask)
{
    const char *provider, *model;

    if (!s->space || !space_parse(call->arena, s->space, &provider, &model))
        return;
    ask->provider = (char *)(uintptr_t)provider;
    ask->model = (char *)(uintptr_t)model;
    if (s->dimensions)
        EmbedTextsRequest_set_dimensions(ask, s->dimensions);
}

/* Lets go of the snapshot: it is not held while we wait, and the stage takes it again. */
static int ask_vector(struct cs_call *call, const SearchRequest *req, struct snapshot *s,
                      struct asked *asked)
{
    EmbedTextsRequest ask = EMBED_TEXTS_REQUEST_INIT;
    char *text = req->query;

    ask.bot_id = req->bot_id;
    ask.n_texts = 1;
    ask.texts = &text;
    EmbedTextsRequest_set_query(&ask, true);
    ask_model(call, s, &ask);
    /* the last time, whatever space it is in meanwhile */
    asked->space = ++asked->times < TRIES ? cs_strdup(call->arena, s->space) : NULL;
    snapshot_unref(s);
    return cs_ask_then(call, RPC_EMBED_EMBED_TEXTS, &ask.base, with_vector, asked);
}

CS_HANDLER(Retrieve, search, SearchRequest, SearchReply)
{
    struct asked *asked = CS_NEW(call->arena, struct asked, 1);
    int r = retrieve_check_bot(call, req->bot_id);

    (void)rep;
    asked->began_us = cs_mono_us();
    if (r == 0)
        r = filter_check(call, req->filter);
    return r ? r : search_answer(call, asked);
}
