/* The row of a method is found, its request unpacked and validated, and the result packed. */
#include "bus/dispatch.h"

#include "base/log.h"
#include "bus/background.h"
#include "bus/call_state.h"
#include "bus/event_budget.h"
#include "bus/idempotency.h"
#include "bus/signature.h"
#include "bus/store.h"
#include "nats/topology.h"
#include "nats/wire.h"

#include <string.h>

/* *ret is the row of the method */
static int dispatch_find(const struct cs_service *s, struct cs_call *call, const char *method,
                         size_t in_len, const struct cs_method **ret)
{
    const struct cs_method *row = s->methods;

    while (row->rpc && strcmp(row->rpc->method, method) != 0)
        row++;
    if (!(call->rpc = row->rpc))
        return cs_fail(call, CS_NOT_FOUND, "The service has no method %.64s.", method);
    *ret = row;
    if (in_len > CS_MAX_MESSAGE)
        return cs_fail(call, CS_TOO_LARGE, "A message may have at most %d bytes.", CS_MAX_MESSAGE);
    return 0;
}

static int dispatch_run(const struct cs_method *row, struct cs_call *call, const void *in,
                        size_t in_len)
{
    struct pbjson_errors errors = {0};
    int r;

    if (!(call->req = pbjson_unpack_bounded(call->arena, call->rpc->input, in, in_len)))
        return call->arena->exceeded
                   ? cs_fail(call, CS_TOO_LARGE, "%s has too many values.",
                             call->rpc->input->short_name)
                   : cs_fail(call, CS_INVALID, "Malformed %s.", call->rpc->input->short_name);
    if (!pbjson_validate(call->arena, call->req, &errors)) {
        for (int i = 0; i < errors.n; i++)
            cs_fail_field(call, errors.at[i].field, "%s", errors.at[i].message);
        return -CS_INVALID;
    }
    call->rep = pbjson_new(call->arena, call->rpc->output);
    if ((r = cs_idempotency_find(call)) != 0)
        return r;
    return row->fn(call, call->req, call->rep);
}

int cs_dispatch(const struct cs_service *s, struct cs_call *call, const char *method,
                const void *in, size_t in_len)
{
    const struct cs_method *row;
    int r = dispatch_find(s, call, method, in_len, &row);

    if (r < 0 || (r = cs_signature_check(call, in, in_len)) < 0)
        return r;
    /* from the edge, so from outside: nothing is accepted yet that another service waits for */
    if (call->signer == cs_topology && (r = cs_event_budget_check(call)) < 0)
        return r;
    return dispatch_run(row, call, in, in_len);
}

void *cs_problem_pack(struct cs_call *call, size_t *ret_len)
{
    Problem p = PROBLEM_INIT;

    Problem_set_status(&p, call->status);
    p.code = (char *)(call->code ? call->code : cs_error_code(call->status));
    p.title = (char *)cs_error_title(call->status);
    p.detail = (char *)call->detail;
    if (call->retry_after_ms > 0)
        Problem_set_retry_after_ms(&p, call->retry_after_ms);
    if (call->fields) {
        p.errors = call->fields->at;
        p.n_errors = call->fields->n;
    }
    return pbjson_pack(call->arena, &p.base, ret_len);
}

bool cs_dispatch_pack(struct cs_call *call, int r, void **ret_out, size_t *ret_len)
{
    if (store_result(call, r) == 0 && cs_fail_memory(call) == 0) {
        *ret_out = pbjson_pack(call->arena, call->rep, ret_len);
        if (*ret_len <= CS_MAX_MESSAGE)
            return true;
        cs_fail_internal(call, "The reply is too large for the bus.");
    }
    *ret_out = cs_problem_pack(call, ret_len);
    return false;
}

bool cs_service_dispatch(const struct cs_service *s, struct cs_call *call, const char *method,
                         const void *in, size_t in_len, void **ret_out, size_t *ret_len)
{
    struct cs_call_state state = {.call = call, .background = true};

    if (!call->state)
        /* cppcheck-suppress autoVariables ; only until we return */
        call->state = &state;
    const struct cs_method *row;
    int r = dispatch_find(s, call, method, in_len, &row);

    if (r == 0)
        r = cs_background_wait(call->state, dispatch_run(row, call, in, in_len));
    if (call->state == &state)
        call->state = NULL;
    return cs_dispatch_pack(call, r, ret_out, ret_len);
}
