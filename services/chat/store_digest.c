/* Digests of conversations in SQL. */
#include "chat/store_digest.h"

#include "base/buf.h"
#include "pg/pg.h"

enum { LINES = 400, LINE_CHARACTERS = 4000 };

static const struct cs_stmt DIGESTS_DUE = {"digests_due",
                                           "select tenant_id, id from digests_due($1::int)"};

static const struct cs_stmt DIGEST_CLAIM = {
    "digest_claim",
    "update conversations set digest_due = now() + $2::int * interval '1 second', digest_tries = "
    "digest_tries + 1 where id = $1::uuid and digest_due < now() returning 1"};

static const struct cs_stmt UNDIGESTED = {
    "undigested",
    "select c.bot_id, c.title, c.digest_tries, m.turn_id, m.role = 'user', left(m.content, "
    "$3::int) from conversations c left join lateral (select * from messages m where m.tenant_id = "
    "c.tenant_id and m.conversation_id = c.id and m.content <> '' order by m.ord desc limit "
    "$2::int) m on true where c.id = $1::uuid and c.digest_due is not null order by m.ord"};

/* The passages of before go in a statement of their own: they have the keys of the new ones. */
static const struct cs_stmt DIGEST_SAVE = {
    "digest_save",
    "update conversations set summary = $2::text, digest_due = now() + $3::int * interval '1 "
    "second', metadata_version = case when metadata_version = version then version + 1 else "
    "metadata_version end, version = version + 1 where id = $1::uuid and status = 'ended' and "
    "digest_due is not null returning bot_id, version"};
static const struct cs_stmt PASSAGES_DROP = {
    "passages_drop", "delete from passages where conversation_id = $1::uuid"};
static const struct cs_stmt PASSAGES_ADD = {
    "passages_add",
    "insert into passages (tenant_id, conversation_id, ord, turn_id, content, words, space, "
    "vector) select $1::uuid, $2::uuid, p.ord - 1, nullif(p.turn, '')::uuid, p.content, "
    "array_to_tsvector(p.words::text[]), $6::text, substring($7::bytea from ((p.ord - 1) * "
    "$8::int + 1)::int for $8::int) from unnest($3::text[], $4::text[], $5::text[]) with "
    "ordinality p (turn, content, words, ord)"};

static char *column_text(struct cs_arena *a, const PGresult *r, int row, int col)
{
    return cs_strdup(a, cs_pg_text(r, row, col));
}

int store_digests_due(struct cs_call *call, int limit, struct store_due **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    return store_due_rows(call, cs_pg_last(call->pg, &DIGESTS_DUE, CS_I(limit)), ret, ret_n);
}

int store_digest_claim(struct cs_call *call, const char *conversation, int lease_s)
{
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &DIGEST_CLAIM, CS_S(conversation), CS_I(lease_s));
    if (!r)
        return cs_fail_pg(call);
    return PQntuples(r) ? 0 : STORE_NONE;
}

int store_undigested(struct cs_call *call, const char *conversation, struct store_undigested *ret)
{
    struct cs_arena *a = call->arena;
    PGresult *r;

    store_begin(call);
    r = cs_pg_last(call->pg, &UNDIGESTED, CS_S(conversation), CS_I(LINES), CS_I(LINE_CHARACTERS));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = (struct store_undigested){.bot = column_text(a, r, 0, 0),
                                     .title = column_text(a, r, 0, 1),
                                     .tries = (int)cs_pg_i64(r, 0, 2),
                                     .lines = CS_NEW(a, struct store_line, PQntuples(r))};
    for (int i = 0; i < PQntuples(r) && cs_pg_text(r, i, 3); i++)
        ret->lines[ret->n++] = (struct store_line){column_text(a, r, i, 3), cs_pg_bool(r, i, 4),
                                                   column_text(a, r, i, 5)};
    return 0;
}

static void passages_push(struct cs_call *call, const struct store_digest *d)
{
    struct cs_arena *a = call->arena;
    char **turns = CS_NEW(a, char *, d->n), **texts = CS_NEW(a, char *, d->n);
    char **words = CS_NEW(a, char *, d->n);

    for (size_t i = 0; i < d->n; i++) {
        const struct store_passage *p = &d->passages[i];
        turns[i] = cs_strdup(a, p->turn ? p->turn : "");
        texts[i] = cs_strdup(a, p->text);
        words[i] = cs_strdup(a, cs_pg_array(a, p->words, p->n_words));
    }
    cs_pg_push(call->pg, &PASSAGES_ADD, CS_S(call->tenant), CS_S(d->conversation),
               CS_S(cs_pg_array(a, turns, d->n)), CS_S(cs_pg_array(a, texts, d->n)),
               CS_S(cs_pg_array(a, words, d->n)), CS_S(d->space),
               d->space ? CS_B(d->vectors, d->n * d->vector_bytes) : CS_NULL,
               CS_I((int64_t)d->vector_bytes));
}

int store_digest(struct cs_call *call, const struct store_digest *d, Conversation *ret,
                 int64_t *ret_version)
{
    PGresult *r = cs_pg_query(call->pg, &DIGEST_SAVE, CS_S(d->conversation), CS_S(d->summary),
                              d->retry_s > 0 ? CS_I(d->retry_s) : CS_NULL);

    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    ret->id = cs_strdup(call->arena, d->conversation);
    ret->bot_id = column_text(call->arena, r, 0, 0);
    *ret_version = cs_pg_i64(r, 0, 1);
    cs_pg_push(call->pg, &PASSAGES_DROP, CS_S(d->conversation));
    passages_push(call, d);
    return 0;
}
