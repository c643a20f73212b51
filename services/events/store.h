#pragma once
/*
 * store: the only SQL of events (schema events), in three files: the log and webhooks, deliveries, subscriptions.
 * Functions return 0, negative with the problem on the call, or the outcome that their comment names. Results are
 * of the call's arena. Workers, reactions and tickers.
 */
#include "bus/page.h"
#include "bus/service.h"
#include "bus/store.h"
#include "events/filter.h"

/* ---- the log ---- */

/* Adds an event of call->tenant, and a delivery to each webhook that wants it, in one transaction. Once for each id. */
int store_log_add(struct cs_call *call, const struct kept_event *e, const char *wire,
                  const char *ordering);
/* The place of the event of this id; NULL: of the latest event, 0 without one. STORE_NONE: it is not kept. */
int store_log_place(struct cs_call *call, const char *event, int64_t *ret_seq);
/* Of each of n workspaces at most `most` events behind its place, in order. */
int store_log_after(struct cs_call *call, char *const *tenants, const int64_t *places, size_t n,
                    int most, struct kept_event **ret, size_t *ret_n);
/* Forgets events and deliveries that are older. */
int store_log_expire(struct cs_call *call, int64_t before_ms);

/* ---- webhooks ---- */

struct webhook_row {
    const char *id, *url, *disabled_reason, *last_error;
    struct filter filter;
    bool ordered, enabled;
    const void *box;
    size_t box_len;
    int64_t version, created_ms, updated_ms, old_until_ms; /* the last 0: none */
    int64_t pending;
};

/* Begins a transaction with this webhook in it. STORE_FULL: there are `most` already. */
int store_webhook_add(struct cs_call *call, const struct webhook_row *w, int64_t most);
int store_webhooks_page(struct cs_call *call, const struct cs_page *page, struct webhook_row **ret,
                        size_t *ret_n);
int store_webhook_get(struct cs_call *call, const char *id,
                      struct webhook_row **ret); /* STORE_NONE */
/* Begins a transaction in which the row is locked. STORE_NONE. */
int store_webhook_lock(struct cs_call *call, const char *id, struct webhook_row **ret);
/* In this transaction: the row as it is now; a webhook that is enabled has no failures. */
void store_webhook_save(struct cs_call *call, const struct webhook_row *w);
/* The new secret; the one before signs too until then. */
void store_webhook_rotate(struct cs_call *call, const struct webhook_row *w, const void *box,
                          size_t len, int64_t old_until_ms);
/* Begins a transaction without the webhook; its version behind the last one in *ret_version. STORE_NONE. */
int store_webhook_remove(struct cs_call *call, const char *id, int64_t *ret_version);

/* ---- deliveries ---- */

/* one that is claimed, with all that sending it takes */
struct claim {
    struct kept_event event;
    const char *id, *webhook, *url;
    const void *box, *old_box; /* old_box NULL: one signature */
    size_t box_len, old_box_len;
    int attempts; /* before this one */
};

struct claim_limits {
    int all, per_webhook, per_tenant;
    int64_t now_ms, until_ms; /* the lease ends then */
};

int store_claim(struct cs_call *call, const char *runner, const struct claim_limits *limits,
                struct claim **ret, size_t *ret_n);

/* what came of an attempt */
struct settled {
    const char *tenant, *webhook, *delivery, *runner;
    const char *status; /* of the delivery now: pending, delivered or failed */
    int attempts;       /* this one included */
    int64_t began_ms, next_ms;
    int duration_ms, status_code; /* 0: no answer */
    const char *error, *body;     /* error NULL: the attempt has succeeded */
    int64_t disable_before_ms;    /* a webhook that fails since before then is disabled */
    const char *disable;          /* the reason to disable it now; NULL: none but that */
};

/*
 * Begins a transaction with the attempt in it. *ret_disabled is the reason if the webhook is disabled by it, with its
 * version then. STORE_NONE, without a transaction: the delivery is gone, or another process has it.
 */
int store_settle(struct cs_call *call, const struct settled *s, const char *late,
                 const char **ret_disabled, int64_t *ret_version);
/* Gives a claim back that was not tried. */
int store_unclaim(struct cs_call *call, const char *tenant, const char *webhook,
                  const char *delivery, int64_t next_ms);

struct delivery_row {
    const char *id, *status;
    struct kept_event event;
    int64_t created_ms, next_ms;
};

/* A test event in the log and its delivery, in a transaction that is left open. STORE_NONE: no such webhook. */
int store_test_add(struct cs_call *call, const struct kept_event *e, const char *webhook,
                   const char *delivery, int64_t now_ms);
/* Deliveries of what is in the log between two times; how many. Committed. */
int store_replay(struct cs_call *call, const struct webhook_row *w, int64_t from_ms, int64_t to_ms,
                 int most, int64_t *ret_n);
int store_deliveries_page(struct cs_call *call, const char *webhook, const struct cs_page *page,
                          struct delivery_row **ret, size_t *ret_n);
int store_delivery_get(struct cs_call *call, const char *webhook, const char *delivery,
                       struct delivery_row **ret); /* STORE_NONE */
/* Of n deliveries of a webhook: each gets its attempts, newest first. */
int store_attempts(struct cs_call *call, const char *webhook, WebhookDelivery *const *deliveries,
                   size_t n);

/* ---- subscriptions ---- */

struct subscription_row {
    const char *tenant, *id, *name, *account, *user_key;
    struct filter filter;
    const void *box; /* seed of the account */
    size_t box_len;
    char **revoked; /* keys of users whose credentials are not valid any more */
    size_t n_revoked;
    int64_t revoked_s; /* unix seconds of the latest revocation */
    int64_t created_ms;
};

int store_subscription_add(struct cs_call *call, const struct subscription_row *s,
                           int64_t most); /* STORE_FULL; left open */
int store_subscriptions_page(struct cs_call *call, const struct cs_page *page,
                             struct subscription_row **ret, size_t *ret_n);
int store_subscription_get(struct cs_call *call, const char *id,
                           struct subscription_row **ret); /* STORE_NONE */
/* Begins a transaction in which the row is locked. STORE_NONE. */
int store_subscription_lock(struct cs_call *call, const char *id, struct subscription_row **ret);
void store_subscription_rekey(struct cs_call *call, const struct subscription_row *s);
int store_subscription_remove(struct cs_call *call, const char *id); /* in that transaction */
/* Those of all workspaces. */
int store_subscriptions_all(struct cs_call *call, struct subscription_row **ret, size_t *ret_n);
