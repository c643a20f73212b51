/* The search in conversations in SQL: passages of ended ones, messages of open ones, and what is shown of a hit. */
#include "chat/store_digest.h"

#include "base/id.h"
#include "pg/pg.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 100 /* conversations read at a time */, OPEN = 200 };

#define AT(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"
/* of the caller's conversations c: those of the request */
#define ASKED                                                                                      \
    "c.owner = $1::text and ($2::uuid is null or c.bot_id = $2::uuid) and ($3::bigint is null or " \
    "c.created_at >= " AT("$3") ") and ($4::bigint is null or c.created_at < " AT("$4") ")"
#define ASKED_ARGS(s_)                                                                             \
    CS_S((s_)->owner), CS_S((s_)->req->bot_id),                                                    \
        (s_)->req->has_from ? CS_I((s_)->req->from) : CS_NULL,                                     \
        (s_)->req->has_to ? CS_I((s_)->req->to) : CS_NULL

static const struct cs_stmt SPACES = {
    "spaces", "select p.space, (array_agg(c.bot_id))[1] from conversations c join passages p on "
              "p.tenant_id = c.tenant_id and p.conversation_id = c.id and p.ord = 0 where " ASKED
              " and p.space is not null group by p.space order by max(c.created_at) desc limit "
              "$5::int"};

/* clang-format off */
static const struct cs_stmt RECALL = {
    "recall",
    "with page as (select c.tenant_id, c.id, c.created_at from conversations c where " ASKED
        " and c.status = 'ended' and ($5::bigint is null or (c.created_at, c.id) < (" AT("$5") ", $6::uuid))"
        " order by c.created_at desc, c.id desc limit $7::int)"
    " select c.id, p.turn_id, p.space, p.vector, " CS_MS("c.created_at") ", p.ord,"
        " (select coalesce(sum(1::bigint << (q.i - 1)::int), 0) from unnest($8::text[])"
            " with ordinality q (w, i) where p.words @@ q.w::tsquery)"
    " from page c left join passages p on p.tenant_id = c.tenant_id and p.conversation_id = c.id"
    " order by c.created_at desc, c.id desc, p.ord"};

static const struct cs_stmt RECALL_OPEN = {
    "recall_open",
    "select c.id, " CS_MS("c.created_at") ","
        " (select coalesce(sum(1::bigint << (q.i - 1)::int), 0) from unnest($5::text[])"
            " with ordinality q (w, i) where c.title ilike q.w or exists (select from messages m"
            " where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.content ilike q.w))"
    " from conversations c where " ASKED " and (c.status = 'active' or not exists (select from passages p"
        " where p.tenant_id = c.tenant_id and p.conversation_id = c.id))"
    " order by c.created_at desc, c.id desc limit $6::int"};

static const struct cs_stmt HITS = {
    "hits",
    "select c.id, c.bot_id, c.title, c.summary, c.status, " CS_MS("c.created_at") ", " CS_MS("c.ended_at") ","
        " p.content"
    " from unnest($1::uuid[], $2::text[]) with ordinality w (id, turn, place)"
    " join conversations c on c.id = w.id left join lateral (select p.content from passages p"
        " where p.tenant_id = c.tenant_id and p.conversation_id = c.id"
        " and p.turn_id = nullif(w.turn, '')::uuid limit 1) p on true order by w.place"};
/* clang-format on */

static char *column_text(struct cs_arena *a, const PGresult *r, int row, int col)
{
    return cs_strdup(a, cs_pg_text(r, row, col));
}

int store_spaces(struct cs_call *call, const struct store_recall *s, int limit,
                 struct store_space **ret, size_t *ret_n)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &SPACES, ASKED_ARGS(s), CS_I(limit));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_space, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = (struct store_space){column_text(call->arena, r, (int)i, 0),
                                         column_text(call->arena, r, (int)i, 1)};
    return 0;
}

typedef void found_fn(void *state, const struct store_found *found);

/* The number of conversations in a piece, and the last of them. */
static int piece_found(const PGresult *r, found_fn *fn, void *state, int64_t *last_ms,
                       char last[CS_ID_SIZE])
{
    struct cs_arena a;
    int n = 0;

    cs_arena_init(&a);
    for (int i = 0; i < PQntuples(r); i++) {
        struct store_found f = {.conversation = cs_pg_text(r, i, 0),
                                .turn = cs_pg_text(r, i, 1),
                                .space = cs_pg_text(r, i, 2),
                                .created_ms = cs_pg_i64(r, i, 4),
                                .summary = cs_pg_i64(r, i, 5) == 0,
                                .words = (uint64_t)cs_pg_i64(r, i, 6)};
        if (f.space)
            f.vector = cs_pg_bytes(&a, r, i, 3, &f.vector_bytes);
        if (strcmp(last, f.conversation) != 0)
            n++;
        snprintf(last, CS_ID_SIZE, "%s", f.conversation);
        *last_ms = f.created_ms;
        if (cs_pg_text(r, i, 5))
            fn(state, &f);
        cs_arena_reset(&a);
    }
    cs_arena_dispose(&a);
    return n;
}

int store_recall(struct cs_call *call, const struct store_recall *s, found_fn *fn, void *state)
{
    const char *words = cs_pg_array(call->arena, s->words, s->n_words);
    char last[CS_ID_SIZE] = "";
    int64_t last_ms = 0;
    int n = PIECE;

    while (n == PIECE) {
        struct cs_pg_arg after = *last ? CS_I(last_ms) : CS_NULL;
        store_begin(call);
        PGresult *r =
            cs_pg_last(call->pg, &RECALL, ASKED_ARGS(s), after,
                       CS_S(*last ? cs_strdup(call->arena, last) : NULL), CS_I(PIECE), CS_S(words));
        if (!r)
            return cs_fail_pg(call);
        n = piece_found(r, fn, state, &last_ms, last);
        cs_pg_forget(call->pg);
    }
    return 0;
}

int store_recall_open(struct cs_call *call, const struct store_recall *s, found_fn *fn, void *state)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &RECALL_OPEN, ASKED_ARGS(s),
                   CS_S(cs_pg_array(call->arena, s->plain, s->n_plain)), CS_I(OPEN));
    if (!r)
        return cs_fail_pg(call);
    for (int i = 0; i < PQntuples(r); i++)
        fn(state, &(struct store_found){.conversation = cs_pg_text(r, i, 0),
                                        .created_ms = cs_pg_i64(r, i, 1),
                                        .summary = true,
                                        .words = (uint64_t)cs_pg_i64(r, i, 2)});
    return 0;
}

static void hit_fill(struct cs_arena *a, const PGresult *r, int row, ConversationHit *h)
{
    bool ended = strcmp(cs_pg_text(r, row, 4), "ended") == 0;

    h->bot_id = column_text(a, r, row, 1);
    h->title = column_text(a, r, row, 2);
    ConversationHit_set_status(h, ended ? CONVERSATION_STATUS_ENDED : CONVERSATION_STATUS_ACTIVE);
    ConversationHit_set_created_at(h, cs_pg_i64(r, row, 5));
    if (ended) {
        h->summary = column_text(a, r, row, 3);
        ConversationHit_set_ended_at(h, cs_pg_i64(r, row, 6));
    }
    h->passage = column_text(a, r, row, 7);
}

int store_hits(struct cs_call *call, ConversationHit **hits, size_t n)
{
    char **ids = CS_NEW(call->arena, char *, n), **turns = CS_NEW(call->arena, char *, n);
    static char none[] = "";
    PGresult *r;

    for (size_t i = 0; i < n; i++) {
        ids[i] = hits[i]->conversation_id;
        turns[i] = hits[i]->turn_id ? hits[i]->turn_id : none;
    }
    store_begin(call);
    r = cs_pg_last(call->pg, &HITS, CS_S(cs_pg_array(call->arena, ids, n)),
                   CS_S(cs_pg_array(call->arena, turns, n)));
    if (!r)
        return cs_fail_pg(call);
    for (size_t i = 0, row = 0; i < n && row < (size_t)PQntuples(r); i++)
        if (strcmp(cs_pg_text(r, (int)row, 0), hits[i]->conversation_id) == 0)
            hit_fill(call->arena, r, (int)row++, hits[i]);
    return 0;
}
