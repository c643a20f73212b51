/*
 * The run of an evaluation: claimed, a few questions searched one after another, saved, and queued behind those of others.
 * A search that fails ends the slice; what was found before it is saved.
 */
#include "retrieve/evaluation.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/client.h"
#include "pg/pg.h"
#include "retrieve/expect.h"
#include "retrieve/store_evaluation.h"

#include <stdatomic.h>

enum {
    SLICE = 10,      /* questions */
    SLICE_MS = 2000, /* after that the next ticket has its turn */
    SEARCH_MS = 60 * 1000,
    ACTIVE_MS = 5 * 60 * 1000,
};

/* One slice of a run. */
struct slice {
    struct store_evaluation e;
    EvaluationQuestion **questions;
    size_t n, at; /* at: the one that is searched */
    struct store_result results[SLICE];
    int64_t until_ms, deadline_ms;
    SearchRequest search;
};

static atomic_llong touched_ms;

bool evaluate_under_way(void)
{
    return atomic_load(&touched_ms) != 0 && cs_mono_ms() - atomic_load(&touched_ms) < ACTIVE_MS;
}

static Ticket *ticket_of(struct cs_call *call, const char *bot, const char *id)
{
    Ticket *t = Ticket_new(call->arena);

    t->tenant_id = cs_strdup(call->arena, call->tenant);
    t->bot_id = cs_strdup(call->arena, bot);
    t->evaluation_id = cs_strdup(call->arena, id);
    t->request_id = cs_strdup(call->arena, call->request_id);
    return t;
}

void evaluate_ticket(struct cs_call *call, const char *bot, const char *id)
{
    atomic_store(&touched_ms, cs_mono_ms());
    cs_job_ticket(call, "retrieve", "evaluate", ticket_of(call, bot, id));
    cs_tickers_wake();
}

/* ---- the end of a slice ---- */

static int slice_save(struct cs_call *call, const struct slice *s)
{
    int r =
        store_evaluation_save(call, &s->e, s->results, s->at, ticket_of(call, s->e.bot, s->e.id));

    return r == STORE_NONE ? 0 : r; /* it was deleted, or its lease lapsed */
}

/* A search has failed; the problem stands on the call. */
static int slice_failed(struct cs_call *call, const struct slice *s)
{
    bool passing = call->status == CS_OVERLOADED || call->status == CS_UPSTREAM ||
                   call->status == CS_TIMEOUT || call->status == CS_LIMITED ||
                   call->status == CS_INTERNAL;
    const char *reason = cs_strdup(call->arena, call->detail ? call->detail : "A search failed.");
    struct cs_call before = *call;

    call->deadline_ms = s->deadline_ms;
    cs_ask_clear(call);
    if (s->at > 0)
        return slice_save(call, s); /* the next slice sees whether it fails again */
    if (!passing || s->e.attempts >= EVALUATION_TRIES) {
        int r = store_evaluation_fail(call, s->e.bot, s->e.id, reason);
        return r < 0 ? r : 0;
    }
    int r = store_evaluation_release(call, &s->e);
    if (r)
        return r < 0 ? r : 0;
    call->status = before.status;
    call->detail = before.detail;
    call->retry_after_ms = before.retry_after_ms;
    return -before.status;
}

/* ---- a question ---- */

static void result_of(struct cs_call *call, struct slice *s, const SearchReply *found)
{
    struct store_result *x = &s->results[s->at];
    CS_BUF_AUTO struct cs_buf chunks = {0}, scores = {0};

    *x = (struct store_result){.ord = s->e.done + (int)s->at};
    x->rank = expect_rank(s->questions[s->at]->expected, found->items, found->n_items);
    x->n = found->n_items < EVALUATION_FOUND ? found->n_items : EVALUATION_FOUND;
    x->documents = CS_NEW(call->arena, char *, x->n);
    for (size_t i = 0; i < x->n; i++) {
        x->documents[i] = found->items[i]->document_id;
        cs_buf_addf(&chunks, "%s%d", i ? "," : "{", found->items[i]->chunk);
        cs_buf_addf(&scores, "%s%.9g", i ? "," : "{", found->items[i]->score);
    }
    cs_buf_adds(&chunks, x->n ? "}" : "{}");
    cs_buf_adds(&scores, x->n ? "}" : "{}");
    x->chunks = cs_strdup(call->arena, chunks.data);
    x->scores = cs_strdup(call->arena, scores.data);
}

static int on_search(struct cs_call *call, void *state, ProtobufCMessage *rep);

static int slice_next(struct cs_call *call, struct slice *s)
{
    call->deadline_ms = s->deadline_ms;
    if (s->at == s->n || cs_mono_ms() >= s->until_ms || cs_cancelled(call))
        return slice_save(call, s);
    s->search = (SearchRequest)SEARCH_REQUEST_INIT;
    s->search.bot_id = (char *)(uintptr_t)s->e.bot;
    s->search.query = s->questions[s->at]->question;
    SearchRequest_set_k(&s->search, s->e.k);
    if (s->e.mode)
        SearchRequest_set_mode(&s->search, s->e.mode);
    SearchRequest_set_bare(&s->search, true);
    if (cs_mono_ms() + SEARCH_MS < call->deadline_ms)
        call->deadline_ms = cs_mono_ms() + SEARCH_MS;
    return cs_ask_at_then(call, s->e.bot, RPC_RETRIEVE_SEARCH, &s->search.base, on_search, s);
}

static int on_search(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    struct slice *s = state;

    if (!rep)
        return slice_failed(call, s);
    result_of(call, s, (const SearchReply *)rep);
    s->at++;
    return slice_next(call, s);
}

int evaluate_run(struct cs_call *call, const Ticket *ticket)
{
    struct slice *s = CS_NEW(call->arena, struct slice, 1);
    char runner[CS_ID_SIZE];

    atomic_store(&touched_ms, cs_mono_ms());
    if (!ticket->bot_id || !ticket->evaluation_id || !cs_id_valid(ticket->bot_id) ||
        !cs_id_valid(ticket->evaluation_id))
        return cs_fail(call, CS_INVALID, "The ticket names no evaluation.");
    cs_id_new(runner);
    s->e = (struct store_evaluation){.bot = ticket->bot_id,
                                     .id = ticket->evaluation_id,
                                     .runner = cs_strdup(call->arena, runner)};
    s->until_ms = cs_mono_ms() + SLICE_MS;
    s->deadline_ms = call->deadline_ms;
    int r = store_evaluation_claim(call, &s->e, SLICE, &s->questions, &s->n);
    if (r)
        return r == STORE_NONE ? 0 : r;
    return slice_next(call, s);
}

/* ---- what was left lying ---- */

static int due_settle(struct cs_call *call, const struct store_evaluation_due *due)
{
    call->tenant = due->tenant;
    if (due->attempts >= EVALUATION_TRIES) {
        int r = store_evaluation_fail(call, due->bot, due->id,
                                      "The evaluation was interrupted several times.");
        return r < 0 ? r : 0;
    }
    cs_pg_begin(call->pg, call->tenant);
    evaluate_ticket(call, due->bot, due->id);
    return store_commit(call);
}

void evaluate_tick(struct cs_call *call)
{
    struct store_evaluation_due *due;
    size_t n = 0;

    if (store_evaluations_due(call, &due, &n) < 0)
        cs_ask_clear(call); /* logged where it began; the next tick asks again */
    for (size_t i = 0; i < n; i++) {
        cs_log(CS_INFO, "an evaluation goes on", "evaluation", due[i].id, NULL);
        if (due_settle(call, &due[i]) < 0)
            cs_ask_clear(call);
    }
    call->tenant = NULL;
}
