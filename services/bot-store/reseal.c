/* A pass over the boxes of older keys, a transaction each. */
#include "bot-store/reseal.h"

#include "bot-store/key.h"
#include "bot-store/store.h"
#include "base/log.h"
#include "obs/metrics.h"

#include <stdatomic.h>
#include <string.h>

enum { BATCH = 100 };

static atomic_ullong
    done_for; /* id of the key that was the newest in the last round that went through; 0: none */
static struct cs_metric *left, *sealed;

void reseal_start(void)
{
    left = cs_gauge("cs_provider_keys_stale", NULL,
                    "Provider keys that the last round left sealed with an older key");
    sealed = cs_counter("cs_provider_keys_resealed_total", NULL,
                        "Provider keys that were sealed with a newer key");
}

void reseal_wake(void)
{
    atomic_store(&done_for, 0);
    cs_tickers_wake();
}

static unsigned long long head_id(const unsigned char head[CS_SEAL_HEAD])
{
    unsigned long long id;

    memcpy(&id, head + (CS_SEAL_HEAD - sizeof(id)), sizeof(id));
    return id;
}

bool reseal_under_way(void)
{
    unsigned char head[CS_SEAL_HEAD];

    key_head(head);
    return atomic_load(&done_for) != head_id(head) || key_new_one_waits();
}

/* 1: sealed anew, or changed meanwhile; 0: it does not open; negative: the database failed */
static int box_reseal(struct cs_call *call, const struct stale_box *box)
{
    struct stale_box fresh = *box;
    int r;

    if (!key_reseal(call->arena, &fresh)) {
        cs_log(CS_ERROR, "a stored provider key cannot be decrypted with any key", "tenant",
               box->tenant, "bot", box->bot, "provider", box->provider, NULL);
        return 0;
    }
    r = store_box_replace(call, box, &fresh);
    return r < 0 ? r : 1;
}

void reseal_round(struct cs_call *call)
{
    unsigned char head[CS_SEAL_HEAD];
    struct stale_box last = {0}, *boxes;
    size_t n = BATCH, n_left = 0, n_sealed = 0;

    key_head(head);
    atomic_store(&done_for, head_id(head));
    while (n == BATCH) {
        if (store_stale_boxes(call, head, &last, BATCH, &boxes, &n) < 0)
            return reseal_wake();
        for (size_t i = 0; i < n; i++) {
            int r = box_reseal(call, &boxes[i]);
            if (r < 0)
                return reseal_wake();
            n_sealed += (size_t)r;
            n_left += !r;
        }
        if (n > 0)
            last = boxes[n - 1];
    }
    cs_metric_add(sealed, (int64_t)n_sealed);
    cs_metric_set(left, (int64_t)n_left);
    if (n_sealed + n_left > 0)
        cs_log(n_left ? CS_WARN : CS_INFO, "provider keys were sealed with the newest key",
               "sealed", cs_log_int((int64_t)n_sealed), "left", cs_log_int((int64_t)n_left), NULL);
}
