/* Evaluations in SQL: adding, reading, and the steps of a run. */
#include "retrieve/store_evaluation.h"

#include "base/buf.h"
#include "bus/event.h"
#include "bus/job.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <stdlib.h>
#include <string.h>

enum { DUE_AT_ONCE = 20 };

#define BY_ID " tenant_id = $1 and bot_id = $2 and id = $3"
#define OPEN " status in ('queued', 'running')"

/* ---- adding ---- */

/* one after another, so that no two see the same number under way */
static const struct cs_stmt LOCK = {
    "evaluations_lock",
    "select pg_advisory_xact_lock(hashtextextended('evaluations ' || $1::text, 0))"};
static const struct cs_stmt ROOM = {
    "evaluations_room",
    "select (select not deleted from collections where tenant_id = $1 and bot_id = $2),"
    " (select count(*) from evaluations where tenant_id = $1 and" OPEN ")"};
/* with room for the one that comes */
static const struct cs_stmt TRIM = {
    "evaluations_trim",
    "delete from evaluations where tenant_id = $1 and not" OPEN " and ((bot_id, id) in"
    " (select bot_id, id from evaluations where tenant_id = $1 and bot_id = $2"
    " order by created_at desc, id desc offset $3::int - 1) or (bot_id, id) in"
    " (select bot_id, id from evaluations where tenant_id = $1"
    " order by created_at desc, id desc offset $4::int - 1))"};
static const struct cs_stmt ADD = {
    "evaluation_add",
    "insert into evaluations (tenant_id, bot_id, id, name, k, mode, settings, set_hash, total,"
    " created_at) values ($1, $2, $3, $4, $5, $6, $7::json, $8, $9,"
    " to_timestamp($10::bigint / 1000.0))"};
static const struct cs_stmt QUESTIONS_ADD = {
    "evaluation_questions_add",
    "insert into evaluation_questions (tenant_id, bot_id, evaluation_id, ord, question,"
    " expected_text, expected_document, expected_name, expected_heading)"
    " select $1, $2, $3, q.i - 1, q.question, nullif(q.text, ''), nullif(q.document, '')::uuid,"
    " nullif(q.name, ''), nullif(q.heading, '')"
    " from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) with ordinality"
    " q(question, text, document, name, heading, i)"};

/* One field of all questions as an array; none of them is empty, so "" stands for absent. */
static const char *question_column(struct cs_call *call, const struct store_evaluation_new *e,
                                   char *(*field)(const EvaluationQuestion *))
{
    static const char none[] = "";
    char **items = CS_NEW(call->arena, char *, e->n);

    for (size_t i = 0; i < e->n; i++) {
        items[i] = field(e->questions[i]);
        items[i] = items[i] ? items[i] : (char *)(uintptr_t)none;
    }
    return cs_pg_array(call->arena, items, e->n);
}

static char *column_question(const EvaluationQuestion *q)
{
    return q->question;
}

static char *column_expected_text(const EvaluationQuestion *q)
{
    return q->expected->text;
}

static char *column_expected_document(const EvaluationQuestion *q)
{
    return q->expected->document_id;
}

static char *column_expected_name(const EvaluationQuestion *q)
{
    return q->expected->document_name;
}

static char *column_expected_heading(const EvaluationQuestion *q)
{
    return q->expected->heading;
}

int store_evaluation_add(struct cs_call *call, const struct store_evaluation_new *e)
{
    struct cs_pg *pg = call->pg;
    int r = 0;

    store_share_collection(call, e->bot);
    cs_pg_push(pg, &LOCK, CS_S(call->tenant));
    PGresult *room = cs_pg_query(pg, &ROOM, CS_S(call->tenant), CS_S(e->bot));
    if (!room)
        return cs_fail_pg(call);
    if (!cs_pg_bool(room, 0, 0))
        r = STORE_NONE;
    else if (cs_pg_i64(room, 0, 1) >= e->open_most)
        r = STORE_FULL;
    if (r) {
        cs_pg_rollback(pg);
        return r;
    }
    cs_pg_push(pg, &TRIM, CS_S(call->tenant), CS_S(e->bot), CS_I(e->kept), CS_I(e->kept_tenant));
    cs_pg_push(pg, &ADD, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id), CS_S(e->name), CS_I(e->k),
               CS_I(e->mode), CS_S(e->settings), CS_S(e->set_hash), CS_I((int64_t)e->n),
               CS_I(e->now_ms));
    cs_pg_push(pg, &QUESTIONS_ADD, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id),
               CS_S(question_column(call, e, column_question)),
               CS_S(question_column(call, e, column_expected_text)),
               CS_S(question_column(call, e, column_expected_document)),
               CS_S(question_column(call, e, column_expected_name)),
               CS_S(question_column(call, e, column_expected_heading)));
    return 0;
}

/* ---- reading ---- */

#define QUESTION " question, expected_text, expected_document, expected_name, expected_heading"

static const struct cs_stmt QUESTIONS = {
    "evaluation_questions", "select" QUESTION " from evaluation_questions where tenant_id = $1"
                            " and bot_id = $2 and evaluation_id = $3 and ord >= $4"
                            " order by ord limit $5"};
#define COLUMNS                                                                                    \
    "id, bot_id, name, status, done, total, k, mode, hits, reciprocal, previous_id,"               \
    " previous_hits, previous_reciprocal, better, worse, settings, error, " CS_MS(                 \
        "created_at") ", " CS_MS("finished_at")

static const struct cs_stmt GET = {"evaluation_get",
                                   "select " COLUMNS " from evaluations where" BY_ID};
static const struct cs_stmt LIST = {
    "evaluation_list", "select " COLUMNS " from evaluations where tenant_id = $1 and bot_id = $2"
                       " and ($3::bigint is null or (created_at, id) <"
                       " (to_timestamp($3::bigint / 1000.0), $4::uuid))"
                       " order by created_at desc, id desc limit $5"};
static const struct cs_stmt RESULTS = {
    "evaluation_results",
    "select" QUESTION ", rank, (select b.rank from evaluation_questions b where b.tenant_id = $1"
    " and b.bot_id = $2 and b.evaluation_id = $5 and b.ord = q.ord),"
    " (select json_build_object('found', coalesce(json_agg(json_strip_nulls(json_build_object("
    "'document_id', f.document, 'document_name', d.name, 'chunk', f.chunk, 'score', f.score))"
    " order by f.i), '[]')) from unnest(found_documents, found_chunks, found_scores)"
    " with ordinality f(document, chunk, score, i) left join documents d on d.tenant_id = $1"
    " and d.bot_id = $2 and d.document_id = f.document and d.version is not null)"
    " from evaluation_questions q where tenant_id = $1 and bot_id = $2 and evaluation_id = $3"
    " and ord < $4 order by ord"};

static EvaluationQuestion *question_row(struct cs_arena *a, const PGresult *r, int row)
{
    EvaluationQuestion *q = EvaluationQuestion_new(a);

    q->question = cs_strdup(a, cs_pg_text(r, row, 0));
    q->expected = ExpectedPassage_new(a);
    q->expected->text = cs_strdup(a, cs_pg_text(r, row, 1));
    q->expected->document_id = cs_strdup(a, cs_pg_text(r, row, 2));
    q->expected->document_name = cs_strdup(a, cs_pg_text(r, row, 3));
    q->expected->heading = cs_strdup(a, cs_pg_text(r, row, 4));
    return q;
}

static void question_rows(struct cs_arena *a, const PGresult *r, EvaluationQuestion ***ret,
                          size_t *ret_n)
{
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(a, EvaluationQuestion *, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = question_row(a, r, (int)i);
}

int store_evaluation_questions(struct cs_call *call, const char *bot, const char *id,
                               EvaluationQuestion ***ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &QUESTIONS, CS_S(call->tenant), CS_S(bot), CS_S(id), CS_I(0),
                             CS_I(INT32_MAX));
    if (!r)
        return cs_fail_pg(call);
    question_rows(call->arena, r, ret, ret_n);
    return *ret_n > 0 ? 0 : STORE_NONE;
}

/* fills msg from JSON that we wrote ourselves */
static void evaluation_json(struct cs_arena *a, const char *text, ProtobufCMessage *msg)
{
    struct pbjson_errors errors = {0};
    json_t *value = pbjson_parse(a, text, strlen(text), &errors);

    if (value)
        pbjson_read(a, value, msg, &errors);
    json_decref(value);
}

static double evaluation_real(const PGresult *r, int row, int col)
{
    return strtod(cs_pg_text(r, row, col), NULL);
}

static EvaluationChange *change_row(struct cs_arena *a, const PGresult *r, int row,
                                    const Evaluation *e)
{
    double total = (double)e->progress->total;
    EvaluationChange *c;

    if (!cs_pg_text(r, row, 10))
        return NULL;
    c = EvaluationChange_new(a);
    c->previous_id = cs_strdup(a, cs_pg_text(r, row, 10));
    EvaluationChange_set_hit_at_k(c, e->hit_at_k - (double)cs_pg_i64(r, row, 11) / total);
    EvaluationChange_set_mrr(c, e->mrr - evaluation_real(r, row, 12) / total);
    EvaluationChange_set_better(c, (int32_t)cs_pg_i64(r, row, 13));
    EvaluationChange_set_worse(c, (int32_t)cs_pg_i64(r, row, 14));
    return c;
}

static EvaluationStatus evaluation_status(const char *word)
{
    return strcmp(word, "queued") == 0      ? EVALUATION_STATUS_QUEUED
           : strcmp(word, "running") == 0   ? EVALUATION_STATUS_RUNNING
           : strcmp(word, "completed") == 0 ? EVALUATION_STATUS_COMPLETED
                                            : EVALUATION_STATUS_FAILED;
}

static Evaluation *evaluation_row(struct cs_arena *a, const PGresult *r, int row)
{
    Evaluation *e = Evaluation_new(a);
    int done = (int)cs_pg_i64(r, row, 4);

    e->id = cs_strdup(a, cs_pg_text(r, row, 0));
    e->bot_id = cs_strdup(a, cs_pg_text(r, row, 1));
    e->name = cs_strdup(a, cs_pg_text(r, row, 2));
    Evaluation_set_status(e, evaluation_status(cs_pg_text(r, row, 3)));
    e->progress = EvaluationProgress_new(a);
    EvaluationProgress_set_done(e->progress, done);
    EvaluationProgress_set_total(e->progress, (int32_t)cs_pg_i64(r, row, 5));
    Evaluation_set_k(e, (int32_t)cs_pg_i64(r, row, 6));
    Evaluation_set_mode(e, (SearchMode)cs_pg_i64(r, row, 7));
    Evaluation_set_hit_count(e, (int32_t)cs_pg_i64(r, row, 8));
    Evaluation_set_hit_at_k(e, done ? (double)e->hit_count / done : 0);
    Evaluation_set_mrr(e, done ? evaluation_real(r, row, 9) / done : 0);
    e->change = change_row(a, r, row, e);
    e->settings = EvaluationSettings_new(a);
    evaluation_json(a, cs_pg_text(r, row, 15), &e->settings->base);
    e->error = cs_strdup(a, cs_pg_text(r, row, 16));
    Evaluation_set_created_at(e, cs_pg_i64(r, row, 17));
    if (cs_pg_text(r, row, 18))
        Evaluation_set_finished_at(e, cs_pg_i64(r, row, 18));
    return e;
}

int store_evaluation_get(struct cs_call *call, const char *bot, const char *id, Evaluation **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &GET, CS_S(call->tenant), CS_S(bot), CS_S(id));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = evaluation_row(call->arena, r, 0);
    return 0;
}

int store_evaluation_list(struct cs_call *call, const char *bot, const struct cs_page *page,
                          Evaluation ***ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &LIST, CS_S(call->tenant), CS_S(bot),
                             page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id), CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, Evaluation *, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = evaluation_row(call->arena, r, (int)i);
    return 0;
}

int store_evaluation_results(struct cs_call *call, const Evaluation *e, EvaluationResults **ret)
{
    struct cs_arena *a = call->arena;
    EvaluationResults *results = *ret = EvaluationResults_new(a);

    cs_pg_begin(call->pg, call->tenant);
    PGresult *r =
        cs_pg_last(call->pg, &RESULTS, CS_S(call->tenant), CS_S(e->bot_id), CS_S(e->id),
                   CS_I(e->progress->done), CS_S(e->change ? e->change->previous_id : NULL));
    if (!r)
        return cs_fail_pg(call);
    results->hits = CS_NEW(a, EvaluationResult *, PQntuples(r));
    results->misses = CS_NEW(a, EvaluationResult *, PQntuples(r));
    for (int row = 0; row < PQntuples(r); row++) {
        EvaluationResult *one = EvaluationResult_new(a);
        const EvaluationQuestion *q = question_row(a, r, row);

        evaluation_json(a, cs_pg_text(r, row, 7), &one->base);
        one->question = q->question;
        one->expected = q->expected;
        if (cs_pg_text(r, row, 6))
            EvaluationResult_set_rank_before(one, (int32_t)cs_pg_i64(r, row, 6));
        if (cs_pg_text(r, row, 5)) {
            EvaluationResult_set_rank(one, (int32_t)cs_pg_i64(r, row, 5));
            results->hits[results->n_hits++] = one;
        } else {
            results->misses[results->n_misses++] = one;
        }
    }
    return 0;
}

static const struct cs_stmt DELETE = {"evaluation_delete",
                                      "delete from evaluations where" BY_ID " returning id"};

int store_evaluation_delete(struct cs_call *call, const char *bot, const char *id)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_query(call->pg, &DELETE, CS_S(call->tenant), CS_S(bot), CS_S(id));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

/* ---- the runner ---- */

static const struct cs_stmt CLAIM = {
    "evaluation_claim",
    "update evaluations set status = 'running', attempts = attempts + 1, runner = $4,"
    " lease_until = now() + interval '120 seconds' where" BY_ID " and" OPEN
    " and (lease_until is null or lease_until < now()) returning k, mode, total, done, attempts"};
static const struct cs_stmt RESULT = {
    "evaluation_result",
    "update evaluation_questions set rank = $5, found_documents = $6::uuid[],"
    " found_chunks = $7::int[], found_scores = $8::double precision[]"
    " where tenant_id = $1 and bot_id = $2 and evaluation_id = $3 and ord = $4"};
/* Divides by the number of rows it found, see cs_pg_none(): what was queued with it is undone without the claim. */
static const struct cs_stmt SAVE = {
    "evaluation_save",
    "with e as (update evaluations set done = done + $5::int, hits = hits + $6::int, reciprocal = "
    "reciprocal + $7::double precision, attempts = 0, runner = null, lease_until = null,"
    " ticket_at = now(),"
    " status = case when done + $5::int < total then 'running' else 'completed' end,"
    " finished_at = case when done + $5::int < total then null else now() end"
    " where" BY_ID " and runner = $4 returning 1) select 1 / count(*) from e"};
/* Behind the results, before the end. */
static const struct cs_stmt COMPARE = {
    "evaluation_compare",
    "with p as (select o.id, o.hits, o.reciprocal from evaluations o, evaluations e"
    " where e.tenant_id = $1 and e.bot_id = $2 and e.id = $3 and o.tenant_id = $1"
    " and o.bot_id = $2 and o.status = 'completed' and o.set_hash = e.set_hash"
    " and (o.created_at, o.id) < (e.created_at, e.id) order by o.created_at desc, o.id desc"
    " limit 1), c as (select"
    " count(*) filter (where coalesce(a.rank, 1000) < coalesce(b.rank, 1000)) better,"
    " count(*) filter (where coalesce(a.rank, 1000) > coalesce(b.rank, 1000)) worse"
    " from p, evaluation_questions a, evaluation_questions b where a.tenant_id = $1"
    " and a.bot_id = $2 and a.evaluation_id = $3 and b.tenant_id = $1 and b.bot_id = $2"
    " and b.evaluation_id = p.id and b.ord = a.ord)"
    " update evaluations set previous_id = p.id, previous_hits = p.hits,"
    " previous_reciprocal = p.reciprocal, better = c.better, worse = c.worse from p, c where"
    " tenant_id = $1 and bot_id = $2 and evaluations.id = $3"};
static const struct cs_stmt RELEASE = {
    "evaluation_release",
    "update evaluations set runner = null, lease_until = null, ticket_at = now() where" BY_ID
    " and runner = $4 returning 1"};
static const struct cs_stmt FAIL = {
    "evaluation_fail",
    "update evaluations set status = 'failed', error = $4, finished_at = now(), runner = null,"
    " lease_until = null where" BY_ID " and" OPEN " returning 1"};
static const struct cs_stmt DUE = {
    "evaluations_due", "select tenant_id, bot_id, id, attempts from evaluations_due($1)"};

int store_evaluation_claim(struct cs_call *call, struct store_evaluation *e, int most,
                           EvaluationQuestion ***ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_query(call->pg, &CLAIM, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id),
                              CS_S(e->runner));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    e->k = (int)cs_pg_i64(r, 0, 0);
    e->mode = (SearchMode)cs_pg_i64(r, 0, 1);
    e->total = (int)cs_pg_i64(r, 0, 2);
    e->done = (int)cs_pg_i64(r, 0, 3);
    e->attempts = (int)cs_pg_i64(r, 0, 4);
    r = cs_pg_last(call->pg, &QUESTIONS, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id),
                   CS_I(e->done), CS_I(most));
    if (!r)
        return cs_fail_pg(call);
    question_rows(call->arena, r, ret, ret_n);
    return 0;
}

int store_evaluation_save(struct cs_call *call, const struct store_evaluation *e,
                          const struct store_result *results, size_t n, const Ticket *ticket)
{
    struct cs_pg *pg = call->pg;
    double reciprocal = 0;
    int64_t hits = 0;

    cs_pg_begin(pg, call->tenant);
    for (size_t i = 0; i < n; i++) {
        const struct store_result *x = &results[i];

        hits += x->rank > 0;
        reciprocal += x->rank > 0 ? 1.0 / x->rank : 0;
        cs_pg_push(pg, &RESULT, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id), CS_I(x->ord),
                   x->rank > 0 ? CS_I(x->rank) : CS_NULL,
                   CS_S(cs_pg_array(call->arena, x->documents, x->n)), CS_S(x->chunks),
                   CS_S(x->scores));
    }
    if (e->done + (int)n < e->total)
        cs_job_ticket(call, "retrieve", "evaluate", ticket);
    else
        cs_pg_push(pg, &COMPARE, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id));
    if (!cs_pg_last(pg, &SAVE, CS_S(call->tenant), CS_S(e->bot), CS_S(e->id), CS_S(e->runner),
                    CS_I((int64_t)n), CS_I(hits),
                    CS_S(cs_printf(call->arena, "%.17g", reciprocal)))) {
        if (!cs_pg_none(pg))
            return cs_fail_pg(call);
        cs_pg_rollback(pg);
        return STORE_NONE;
    }
    cs_outbox_wake();
    return 0;
}

static int evaluation_changed(struct cs_call *call, const PGresult *r)
{
    if (!r)
        return cs_fail_pg(call);
    return PQntuples(r) > 0 ? 0 : STORE_NONE;
}

int store_evaluation_release(struct cs_call *call, const struct store_evaluation *e)
{
    cs_pg_begin(call->pg, call->tenant);
    return evaluation_changed(call, cs_pg_last(call->pg, &RELEASE, CS_S(call->tenant), CS_S(e->bot),
                                               CS_S(e->id), CS_S(e->runner)));
}

int store_evaluation_fail(struct cs_call *call, const char *bot, const char *id, const char *error)
{
    cs_pg_begin(call->pg, call->tenant);
    return evaluation_changed(
        call, cs_pg_last(call->pg, &FAIL, CS_S(call->tenant), CS_S(bot), CS_S(id), CS_S(error)));
}

int store_evaluations_due(struct cs_call *call, struct store_evaluation_due **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &DUE, CS_I(DUE_AT_ONCE));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct store_evaluation_due, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = (struct store_evaluation_due){
            .tenant = cs_strdup(call->arena, cs_pg_text(r, (int)i, 0)),
            .bot = cs_strdup(call->arena, cs_pg_text(r, (int)i, 1)),
            .id = cs_strdup(call->arena, cs_pg_text(r, (int)i, 2)),
            .attempts = (int)cs_pg_i64(r, (int)i, 3),
        };
    return 0;
}
