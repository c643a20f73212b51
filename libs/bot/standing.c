/* Equal bearers are asked about once, in questions of bounded size. */
#include "bot/standing.h"

#include "bus/client.h"
#include "chatsphere/v1/names.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 500 }; /* as in the .proto */

static int text_order(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int standing_order(const void *a, const void *b)
{
    const struct cs_standing *x = *(struct cs_standing *const *)a;
    const struct cs_standing *y = *(struct cs_standing *const *)b;
    int r = text_order(x->tenant, y->tenant);

    if (r == 0)
        r = text_order(x->principal, y->principal);
    return r == 0 ? text_order(x->session, y->session) : r;
}

/* firsts[i] is the place in `sorted` where the i-th bearer begins, and firsts[n] its end */
static int standing_ask(struct cs_call *call, struct cs_standing **sorted, const size_t *firsts,
                        size_t n)
{
    CheckStandingRequest req = CHECK_STANDING_REQUEST_INIT;
    CheckStandingReply *rep;
    int r;

    req.bearers = CS_NEW(call->arena, Bearer *, n);
    req.n_bearers = n;
    for (size_t i = 0; i < n; i++) {
        const struct cs_standing *s = sorted[firsts[i]];

        req.bearers[i] = Bearer_new(call->arena);
        req.bearers[i]->tenant_id = (char *)(uintptr_t)s->tenant;
        req.bearers[i]->principal = (char *)(uintptr_t)s->principal;
        req.bearers[i]->session_id = (char *)(uintptr_t)s->session;
    }
    if ((r = auth_check_standing(call, &req, &rep)))
        return r;
    for (size_t i = 0; i < rep->n_refusals; i++) {
        const Refusal *refusal = rep->refusals[i];

        if (refusal->position < 0 || (size_t)refusal->position >= n || !refusal->reason)
            continue;
        for (size_t k = firsts[refusal->position]; k < firsts[refusal->position + 1]; k++)
            sorted[k]->refusal = refusal->reason;
    }
    return 0;
}

int cs_standing_check(struct cs_call *call, struct cs_standing *all, size_t n)
{
    struct cs_standing **sorted = CS_NEW(call->arena, struct cs_standing *, n);
    size_t *firsts = CS_NEW(call->arena, size_t, n + 1), bearers = 0;
    int r = 0;

    for (size_t i = 0; i < n; i++) {
        all[i].refusal = NULL;
        sorted[i] = &all[i];
    }
    qsort(sorted, n, sizeof(struct cs_standing *), standing_order);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || standing_order(&sorted[i - 1], &sorted[i]) != 0)
            firsts[bearers++] = i;
    firsts[bearers] = n;
    for (size_t i = 0; r == 0 && i < bearers; i += AT_ONCE)
        r = standing_ask(call, sorted, firsts + i, bearers - i < AT_ONCE ? bearers - i : AT_ONCE);
    return r;
}
