#pragma once
/*
 * store_evaluation: the SQL of evaluations. It returns as store.h says; memory is the arena of the call.
 *
 * A run belongs to the process that has claimed it, for a few questions at a time. What it saves is guarded by its claim:
 * whoever lost it, or whose evaluation was deleted, changes nothing and learns it by STORE_NONE.
 */
#include "bus/page.h"
#include "retrieve/store.h"

struct store_evaluation {
    const char *bot, *id;
    const char *runner; /* the claim */
    int k;
    SearchMode mode;
    int total, done, attempts;
};

/* What the search of a question found. */
struct store_result {
    int ord, rank; /* rank 0: a miss */
    char **documents;
    const char *chunks, *scores; /* as array literals */
    size_t n;
};

struct store_evaluation_new {
    const char *bot, *id, *name, *settings, *set_hash;
    EvaluationQuestion *const *questions;
    size_t n;
    int k;
    SearchMode mode;
    int64_t now_ms;
    int open_most;         /* under way in the workspace */
    int kept, kept_tenant; /* of the bot, of the workspace, with this one */
};
/* Leaves the transaction open. STORE_NONE: the bot is deleted; STORE_FULL: as many are under way as may be. */
int store_evaluation_add(struct cs_call *call, const struct store_evaluation_new *e);
/* The questions of an evaluation. STORE_NONE */
int store_evaluation_questions(struct cs_call *call, const char *bot, const char *id,
                               EvaluationQuestion ***ret, size_t *ret_n);

/* Without results. STORE_NONE */
int store_evaluation_get(struct cs_call *call, const char *bot, const char *id, Evaluation **ret);
/* The results of the questions that were searched, hits and misses apart. */
int store_evaluation_results(struct cs_call *call, const Evaluation *e, EvaluationResults **ret);
int store_evaluation_list(struct cs_call *call, const char *bot, const struct cs_page *page,
                          Evaluation ***ret, size_t *ret_n);
/* Leaves the transaction open. STORE_NONE */
int store_evaluation_delete(struct cs_call *call, const char *bot, const char *id);

/* ---- the runner; each commits ---- */

/* At most `most` of the questions that come next. STORE_NONE: it is over, gone or another process has it. */
int store_evaluation_claim(struct cs_call *call, struct store_evaluation *e, int most,
                           EvaluationQuestion ***ret, size_t *ret_n);
/* Results of questions in order; with the last one the evaluation is completed, else it gets a ticket. STORE_NONE */
int store_evaluation_save(struct cs_call *call, const struct store_evaluation *e,
                          const struct store_result *results, size_t n, const Ticket *ticket);
/* Without progress: for another try, or for good with the reason. STORE_NONE */
int store_evaluation_release(struct cs_call *call, const struct store_evaluation *e);
int store_evaluation_fail(struct cs_call *call, const char *bot, const char *id, const char *error);

struct store_evaluation_due {
    const char *tenant, *bot, *id;
    int attempts;
};
/* Of all tenants, without a ticket any more. */
int store_evaluations_due(struct cs_call *call, struct store_evaluation_due **ret, size_t *ret_n);
