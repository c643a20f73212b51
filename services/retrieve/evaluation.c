/* Handlers of evaluations: checks, what is kept, and the results. */
#include "retrieve/evaluation.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bus/idempotency.h"
#include "crypto/crypto.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"
#include "retrieve/expect.h"
#include "retrieve/store_evaluation.h"

#include <string.h>

enum { AGAIN_MS = 5000, KEPT_OF_TENANT = 10 /* times what is kept of a bot */ };

static int evaluation_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The evaluation does not exist.");
}

static int evaluation_check(struct cs_call *call, const EvaluationRequest *req)
{
    int r = retrieve_check_bot(call, req->bot_id);

    return r || cs_id_valid(req->evaluation_id) ? r : evaluation_none(call);
}

/* ---- create ---- */

static size_t question_bytes(const EvaluationQuestion *q)
{
    const char *texts[] = {q->question, q->expected->text, q->expected->document_name,
                           q->expected->heading};
    size_t bytes = 0;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        bytes += texts[i] ? strlen(texts[i]) : 0;
    return bytes;
}

static int questions_check(struct cs_call *call, EvaluationQuestion *const *questions, size_t n)
{
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        if (!expect_some(questions[i]->expected))
            return cs_fail_field(call, cs_printf(call->arena, "questions[%zu].expected", i),
                                 "A text, a document_id, a document_name or a heading is "
                                 "required.");
        bytes += question_bytes(questions[i]);
    }
    if (bytes > EVALUATION_BYTES)
        return cs_fail_field(call, "questions",
                             "The texts must have at most %d bytes in all; these have %zu.",
                             EVALUATION_BYTES, bytes);
    return 0;
}

/* The questions of the request, or those of the evaluation that it repeats. */
static int questions_of(struct cs_call *call, const CreateEvaluationRequest *req,
                        struct store_evaluation_new *e)
{
    EvaluationQuestion **questions = req->questions;
    int r;

    e->n = req->n_questions;
    if (req->repeat_of && req->n_questions > 0)
        return cs_fail_field(call, "repeat_of", "Questions are repeated or given, not both.");
    if (!req->repeat_of && req->n_questions == 0)
        return cs_fail_field(call, "questions", "The evaluation needs 1 to %d questions.",
                             EVALUATION_QUESTIONS);
    if (!req->repeat_of) {
        r = questions_check(call, questions, e->n);
    } else {
        r = store_evaluation_questions(call, req->bot_id, req->repeat_of, &questions, &e->n);
        if (r == STORE_NONE)
            r = evaluation_none(call);
    }
    e->questions = questions;
    return r;
}

/* Of all questions with what is expected: equal sets can be compared. */
static const char *questions_hash(struct cs_call *call, const struct store_evaluation_new *e)
{
    char hex[CS_SHA256_HEX];
    struct cs_sha256_state s;
    size_t len;

    cs_sha256_begin(&s);
    for (size_t i = 0; i < e->n; i++) {
        const char *text = pbjson_text(call->arena, &e->questions[i]->base, &len);
        cs_sha256_update(&s, text, len);
    }
    cs_sha256_end(&s, hex);
    return cs_strdup(call->arena, hex);
}

static EvaluationSettings *settings_of(struct cs_call *call, const Bot *bot)
{
    const BotConfiguration *c = bot->configuration;
    EvaluationSettings *s = EvaluationSettings_new(call->arena);

    EvaluationSettings_set_bot_version(s, bot->version);
    if (cs_bot_has_vectors(c)) {
        s->embedding_provider = c->embedding_provider;
        s->embedding_model = c->embedding_model;
    }
    EvaluationSettings_set_chunk_size(s, cs_bot_chunk_size(c));
    if (c->rerank)
        s->rerank_model = c->rerank->model;
    return s;
}

static void evaluation_begin(const struct store_evaluation_new *e, EvaluationSettings *settings,
                             struct cs_arena *a, Evaluation *rep)
{
    rep->id = cs_strdup(a, e->id);
    rep->bot_id = cs_strdup(a, e->bot);
    rep->name = cs_strdup(a, e->name);
    Evaluation_set_status(rep, EVALUATION_STATUS_QUEUED);
    rep->progress = EvaluationProgress_new(a);
    EvaluationProgress_set_done(rep->progress, 0);
    EvaluationProgress_set_total(rep->progress, (int32_t)e->n);
    Evaluation_set_k(rep, e->k);
    if (e->mode)
        Evaluation_set_mode(rep, e->mode);
    Evaluation_set_hit_count(rep, 0);
    Evaluation_set_hit_at_k(rep, 0);
    Evaluation_set_mrr(rep, 0);
    rep->settings = settings;
    Evaluation_set_created_at(rep, e->now_ms);
}

static int evaluation_full(struct cs_call *call)
{
    int failed = cs_fail(call, CS_LIMITED,
                         "The workspace has %d evaluations under way, which is the maximum. Wait "
                         "for the end of one, or delete it.",
                         EVALUATION_OPEN);

    call->retry_after_ms = AGAIN_MS;
    call->code = "limited_plan";
    return failed;
}

CS_HANDLER(Retrieve, create_evaluation, CreateEvaluationRequest, Evaluation)
{
    struct store_evaluation_new e = {.bot = req->bot_id,
                                     .name = req->name,
                                     .mode = req->mode,
                                     .now_ms = cs_now_ms(),
                                     .open_most = EVALUATION_OPEN,
                                     .kept = (int)cs_env_int("EVALUATIONS_KEPT")};
    char id[CS_ID_SIZE];
    size_t len;
    Bot *bot;
    int r = retrieve_check_bot(call, req->bot_id);

    if (r || (r = cs_bot_get(call, req->bot_id, &bot)) || (r = questions_of(call, req, &e)))
        return r;
    cs_id_new(id);
    e.id = id;
    e.k = req->has_k ? req->k : bot->configuration->retriever_k;
    e.kept_tenant = e.kept * KEPT_OF_TENANT;
    EvaluationSettings *settings = settings_of(call, bot);
    e.settings = pbjson_text(call->arena, &settings->base, &len);
    e.set_hash = questions_hash(call, &e);
    r = store_evaluation_add(call, &e);
    if (r == STORE_FULL)
        return evaluation_full(call);
    if (r)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The bot does not exist.") : r;
    evaluate_ticket(call, e.bot, e.id);
    evaluation_begin(&e, settings, call->arena, rep);
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

/* ---- the others ---- */

CS_HANDLER(Retrieve, get_evaluation, EvaluationRequest, Evaluation)
{
    Evaluation *e;
    int r = evaluation_check(call, req);

    if (r)
        return r;
    r = store_evaluation_get(call, req->bot_id, req->evaluation_id, &e);
    if (r)
        return r == STORE_NONE ? evaluation_none(call) : r;
    *rep = *e;
    return store_evaluation_results(call, e, &rep->results);
}

CS_HANDLER(Retrieve, list_evaluations, ListEvaluationsRequest, EvaluationList)
{
    struct cs_page page;
    Bot *bot;
    bool more;
    size_t n;
    int r = retrieve_check_bot(call, req->bot_id);

    if (r || (r = cs_bot_get(call, req->bot_id, &bot)) ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)))
        return r;
    r = store_evaluation_list(call, req->bot_id, &page, &rep->items, &n);
    if (r)
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    if (more) {
        const Evaluation *last = rep->items[rep->n_items - 1];
        rep->next_cursor = cs_pg_cursor(call->arena, last->created_at, last->id);
    }
    return 0;
}

CS_HANDLER(Retrieve, delete_evaluation, EvaluationRequest, Empty)
{
    int r = evaluation_check(call, req);

    (void)rep;
    if (r)
        return r;
    r = store_evaluation_delete(call, req->bot_id, req->evaluation_id);
    if (r)
        return r == STORE_NONE ? evaluation_none(call) : r;
    return store_commit(call);
}
