/* Problems set on a call, logged where they begin. */
#define CS_FAIL_C /* fail.h tells the analyzer of what is made here */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/call_state.h"
#include "nats/bus.h"
#include "nats/wire.h"
#include "pg/pg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DETAIL = 512, QUOTA_RETRY_MS = 3600 * 1000 };

/* who meets a failure first logs it: this is that place for what a service finds itself */
static void failure_log(const struct cs_call *call, const char *detail)
{
    const char *method = call->rpc ? call->rpc->subject : call->state ? call->state->what : NULL;

    if (call->status >= CS_INTERNAL)
        cs_log(call->status == CS_INTERNAL ? CS_ERROR : CS_WARN, "call failed", "method", method,
               "status", cs_log_int(call->status), "tenant", call->tenant, "detail", detail, NULL);
}

__attribute__((format(printf, 2, 0), nonnull)) static const char *detail_format(
    struct cs_call *call, const char *fmt, va_list ap)
{
    char text[MAX_DETAIL];

    vsnprintf(text, sizeof(text), fmt, ap);
    return cs_strdup(call->arena, text);
}

int cs_fail(struct cs_call *call, enum cs_error e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    call->detail = detail_format(call, fmt, ap);
    va_end(ap);
    call->code = NULL;
    call->cause = NULL;
    call->status = (int)e;
    call->fields = NULL;
    failure_log(call, call->detail);
    return -(int)e;
}

int cs_fail_field(struct cs_call *call, const char *field, const char *fmt, ...)
{
    const char *message;
    FieldError *f;
    va_list ap;

    if (call->status != CS_INVALID || !call->fields) {
        cs_fail(call, CS_INVALID, "Some fields are invalid.");
        call->fields = CS_NEW(call->arena, struct cs_fields, 1);
    }
    if (call->fields->n == PBJSON_MAX_ERRORS)
        return -CS_INVALID;
    va_start(ap, fmt);
    message = detail_format(call, fmt, ap);
    va_end(ap);
    f = FieldError_new(call->arena);
    f->field = cs_strdup(call->arena, field);
    f->message = (char *)message;
    call->fields->at[call->fields->n++] = f;
    f = call->fields->at[0];
    call->detail = pbjson_errors_detail(call->arena, call->fields->n, f->field, f->message);
    return -CS_INVALID;
}

int cs_fail_quota(struct cs_call *call, const char *quota, int64_t limit, int64_t reset_ms)
{
    char time[CS_RFC3339_SIZE];
    int64_t wait_ms = reset_ms > 0 ? reset_ms - cs_now_ms() : QUOTA_RETRY_MS;
    int r;

    cs_rfc3339(time, reset_ms);
    r = cs_fail(call, CS_LIMITED, "The plan allows %lld %s, and they are used up%s%s.",
                (long long)limit, quota, reset_ms > 0 ? " until " : "", reset_ms > 0 ? time : "");
    call->code = "limited_plan";
    call->retry_after_ms = wait_ms > 1000 ? wait_ms : 1000;
    return r;
}

int cs_fail_memory(struct cs_call *call)
{
    const struct cs_arena *a = call->arena;

    if (!a->ceiling || a->bytes <= a->ceiling)
        return 0;
    return cs_fail(call, CS_TOO_LARGE, "The request takes more than %zu MiB of memory.",
                   a->ceiling >> 20);
}

int cs_fail_internal(struct cs_call *call, const char *detail)
{
    call->status = CS_INTERNAL;
    call->detail = NULL;
    call->cause = cs_strdup(call->arena, detail);
    call->fields = NULL;
    failure_log(call, detail);
    return -CS_INTERNAL;
}

int cs_fail_caller(struct cs_call *call)
{
    return cs_fail(call, CS_UNAUTHENTICATED, "Sign in first.");
}

int cs_need_caller(struct cs_call *call)
{
    bool known = call->principal && call->tenant && cs_id_valid(call->tenant);

    return known ? 0 : cs_fail_caller(call);
}

/* constraints that every schema has: the caller is told what it did */
static const struct {
    const char *name;
    enum cs_error error;
    const char *detail;
} known_constraints[] = {
    {"idempotency_pkey", CS_CONFLICT, "A request with this Idempotency-Key is under way."},
    {"outbox_size", CS_TOO_LARGE, "The event of this change has more than 512 KiB."},
};
_Static_assert(CS_MAX_MESSAGE == 512 * 1024, "the limit is named in a text");

int cs_fail_pg(struct cs_call *call)
{
    const char *state = cs_pg_state(call->pg);
    /* class 40: the transaction was rolled back for another one's sake, so it may simply be asked again */
    const bool again = cs_pg_broken(call->pg) || strncmp(state, "40", 2) == 0;
    /* 57014: what was left of the call's time has passed */
    const enum cs_error e = again                         ? CS_OVERLOADED
                            : strcmp(state, "57014") == 0 ? CS_TIMEOUT
                                                          : CS_INTERNAL;
    const char *constraint = cs_pg_constraint(call->pg);
    const char *detail =
        cs_printf(call->arena, "database: state %s constraint %s", state, constraint);

    cs_pg_rollback(call->pg);
    for (size_t i = 0; i < sizeof(known_constraints) / sizeof(known_constraints[0]); i++)
        if (strcmp(known_constraints[i].name, constraint) == 0)
            return cs_fail(call, known_constraints[i].error, "%s", known_constraints[i].detail);
    call->status = (int)e;
    call->detail = e == CS_OVERLOADED ? "The database is temporarily unavailable."
                   : e == CS_TIMEOUT  ? "The database did not answer in time."
                                      : NULL;
    call->cause = detail;
    call->fields = NULL;
    failure_log(call, detail);
    return -(int)e;
}

void cs_problem_to(const char *reply, const struct Chatsphere__V1__Problem *problem)
{
    struct cs_arena a;
    void *data;
    size_t len;

    cs_arena_init(&a);
    data = pbjson_pack(&a, &problem->base, &len);
    cs_bus_refuse(reply, problem->status, false, data, len);
    cs_arena_dispose(&a);
}
