/*
 * The search in conversations: vectors of the question for each space, then one pass over the passages of the caller's
 * ended conversations and the messages of the open ones.
 */
#include "base/id.h"
#include "bus/client.h"
#include "chat/chat.h"
#include "chat/store_digest.h"
#include "chat/wordlist.h"
#include "chatsphere/v1/chat.rpc.h"
#include "provider/half.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPACES = 8, PLAIN_WORDS = 12, LEAST = 1024 };

/* A vector of the question in one space. */
struct recall_vector {
    const char *space;
    float *v;
    size_t dims;
};

struct candidate {
    char id[CS_ID_SIZE], turn[CS_ID_SIZE]; /* turn: with the passage that fits best; "": none */
    uint64_t words;                        /* of the whole conversation */
    float semantic, best;                  /* semantic -1: it has no vectors; best: of the turn */
    double score, lexical;
};

struct recall {
    struct store_recall s;
    struct store_space *spaces;
    size_t n_spaces, at;
    EmbedTextsRequest ask;
    struct recall_vector vectors[SPACES];
    size_t n_vectors;
    struct candidate *found;
    size_t n, cap;
    double idf[WORDLIST_QUERY_MAX];
};

/* ---- the pass ---- */

static float recall_cosine(const struct recall *q, const struct store_found *f)
{
    const unsigned char *p = f->vector;

    for (size_t i = 0; f->space && i < q->n_vectors; i++) {
        const struct recall_vector *v = &q->vectors[i];
        float sum = 0;
        if (strcmp(v->space, f->space) != 0 || f->vector_bytes != 2 * v->dims)
            continue;
        for (size_t k = 0; k < v->dims; k++)
            sum += v->v[k] * cs_half_float((uint16_t)(p[2 * k] | p[2 * k + 1] << 8));
        return sum < 0 ? 0 : sum > 1 ? 1 : sum;
    }
    return -1;
}

static struct candidate *recall_candidate(struct recall *q, const struct store_found *f)
{
    struct candidate *c = q->n ? &q->found[q->n - 1] : NULL;

    if (c && strcmp(c->id, f->conversation) == 0)
        return c;
    if (q->n == q->cap) {
        size_t cap = q->cap ? 2 * q->cap : LEAST;
        struct candidate *more = realloc(q->found, cap * sizeof(*more));
        if (!more)
            abort();
        q->found = more;
        q->cap = cap;
    }
    c = &q->found[q->n++];
    *c = (struct candidate){.semantic = -1, .best = -1};
    snprintf(c->id, sizeof(c->id), "%s", f->conversation);
    return c;
}

static void recall_take(void *state, const struct store_found *f)
{
    struct recall *q = state;
    struct candidate *c = recall_candidate(q, f);
    float cosine = recall_cosine(q, f);
    float fits = (cosine > 0 ? cosine : 0) + 0.01F * (float)__builtin_popcountll(f->words);

    c->words |= f->words;
    if (cosine > c->semantic)
        c->semantic = cosine;
    if (!f->turn || fits <= c->best)
        return;
    c->best = fits;
    snprintf(c->turn, sizeof(c->turn), "%s", f->turn);
}

/* ---- the order ---- */

/* A word weighs more the fewer conversations have it. */
static double recall_weigh(struct recall *q)
{
    double all = 0;

    for (size_t i = 0; i < q->s.n_words; i++) {
        size_t have = 0;
        for (size_t k = 0; k < q->n; k++)
            have += q->found[k].words >> i & 1;
        q->idf[i] = log(1 + (double)(q->n + 1) / (double)(have + 1));
        all += q->idf[i];
    }
    return all;
}

static void candidate_score(const struct recall *q, struct candidate *c, double all)
{
    for (size_t i = 0; i < q->s.n_words; i++)
        if (c->words >> i & 1)
            c->lexical += q->idf[i];
    c->lexical = all > 0 ? c->lexical / all : 0;
    c->score = c->semantic < 0 ? c->lexical : (c->lexical + (double)c->semantic) / 2;
}

static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return strcmp(y->id, x->id); /* the later one */
}

static ConversationHit *recall_hit(struct cs_arena *a, const struct candidate *c)
{
    ConversationHit *h = ConversationHit_new(a);

    h->conversation_id = cs_strdup(a, c->id);
    h->turn_id = *c->turn ? cs_strdup(a, c->turn) : NULL;
    ConversationHit_set_score(h, c->score);
    h->scores = ConversationScores_new(a);
    ConversationScores_set_lexical(h->scores, c->lexical);
    if (c->semantic >= 0)
        ConversationScores_set_semantic(h->scores, (double)c->semantic);
    return h;
}

static int recall_show(struct cs_call *call, struct recall *q, ConversationHitList *rep)
{
    double all = recall_weigh(q);
    size_t k = (size_t)q->s.req->k, n = 0;
    int r;

    for (size_t i = 0; i < q->n; i++)
        candidate_score(q, &q->found[i], all);
    if (q->n > 1)
        qsort(q->found, q->n, sizeof(*q->found), by_score);
    rep->items = CS_NEW(call->arena, ConversationHit *, k);
    while (n < k && n < q->n && q->found[n].score > 0) {
        rep->items[n] = recall_hit(call->arena, &q->found[n]);
        n++;
    }
    if (n == 0)
        return 0;
    if ((r = store_hits(call, rep->items, n)) < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        if (rep->items[i]->bot_id)
            rep->items[rep->n_items++] = rep->items[i];
    return 0;
}

static int recall_search(struct cs_call *call, struct recall *q)
{
    int r = store_recall(call, &q->s, recall_take, q);

    if (r == 0)
        r = store_recall_open(call, &q->s, recall_take, q);
    if (r == 0)
        r = recall_show(call, q, (ConversationHitList *)call->rep);
    free(q->found);
    q->found = NULL;
    return r;
}

/* ---- the question's vectors ---- */

static int recall_embed(struct cs_call *call, struct recall *q);

static int recall_embedded(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    struct recall *q = state;
    const Embeddings *e = (const Embeddings *)rep;
    struct recall_vector *v = &q->vectors[q->n_vectors];

    if (!e)
        cs_ask_clear(call); /* logged there; words count */
    if (e && e->dimensions > 0 && e->vectors.len == 2 * (size_t)e->dimensions) {
        v->space = q->spaces[q->at].space;
        v->dims = (size_t)e->dimensions;
        v->v = CS_NEW(call->arena, float, v->dims);
        for (size_t i = 0; i < v->dims; i++)
            v->v[i] =
                cs_half_float((uint16_t)(e->vectors.data[2 * i] | e->vectors.data[2 * i + 1] << 8));
        q->n_vectors++;
    }
    q->at++;
    return recall_embed(call, q);
}

/* The vectors of a space are asked of its own model, whatever the bot has by now. */
static int recall_embed(struct cs_call *call, struct recall *q)
{
    struct cs_arena *a = call->arena;
    EmbedTextsRequest *req = &q->ask;

    if (q->at == q->n_spaces)
        return recall_search(call, q);
    const struct store_space *s = &q->spaces[q->at];
    const char *first = strchr(s->space, '/'), *last = strrchr(s->space, '/');
    if (!first || first == last) {
        q->at++;
        return recall_embed(call, q);
    }
    *req = (EmbedTextsRequest)EMBED_TEXTS_REQUEST_INIT;
    req->bot_id = cs_strdup(a, s->bot);
    req->texts = CS_NEW(a, char *, 1);
    req->texts[0] = q->s.req->query;
    req->n_texts = 1;
    EmbedTextsRequest_set_query(req, true);
    req->provider = cs_strndup(a, s->space, (size_t)(first - s->space));
    req->model = cs_strndup(a, first + 1, (size_t)(last - first - 1));
    EmbedTextsRequest_set_dimensions(req, (int32_t)strtol(last + 1, NULL, 10));
    return cs_ask_then(call, RPC_EMBED_EMBED_TEXTS, &req->base, recall_embedded, q);
}

CS_HANDLER(Chat, search_conversations, SearchConversationsRequest, ConversationHitList)
{
    struct recall *q = CS_NEW(call->arena, struct recall, 1);
    int r = cs_need_caller(call);

    (void)rep;
    if (r < 0)
        return r;
    if (req->has_from && req->has_to && req->from >= req->to)
        return cs_fail_field(call, "to", "The value must be later than from.");
    if (req->bot_id && !cs_id_valid(req->bot_id))
        return 0; /* with a bot that cannot be, nobody talked */
    q->s = (struct store_recall){.req = req, .owner = call->principal};
    q->s.words = wordlist_queries(call->arena, req->query, &q->s.n_words);
    q->s.plain = wordlist_patterns(call->arena, req->query, PLAIN_WORDS, &q->s.n_plain);
    r = store_spaces(call, &q->s, SPACES, &q->spaces, &q->n_spaces);
    return r < 0 ? r : recall_embed(call, q);
}
