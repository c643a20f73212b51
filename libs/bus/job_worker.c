/* A ticket becomes a call of its job, whose result acknowledges, delays or buries it. */
#include "bus/job_worker.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/dead_letter.h"
#include "bus/puller.h"
#include "bus/stop.h"
#include "nats/wire.h"
#include "obs/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERB_TOKEN = 4,
    TENANT_TOKEN = 5,
    MAX_DELAY_MS = 60 * 1000,
    MAX_RETRY_AFTER_MS = 3600 * 1000
};

static const char *const verdicts[] = {"done", "again", "dead"};

int64_t cs_job_delay_ms(uint64_t delivered, int64_t retry_after_ms, uint32_t random)
{
    int64_t ms = delivered < 6 ? (int64_t)1000 << delivered : MAX_DELAY_MS;

    if (retry_after_ms > MAX_RETRY_AFTER_MS)
        retry_after_ms = MAX_RETRY_AFTER_MS;
    if (ms > MAX_DELAY_MS)
        ms = MAX_DELAY_MS;
    if (ms < retry_after_ms)
        ms = retry_after_ms;
    return ms + (int64_t)(random % 1000);
}

static bool ticket_bury(struct cs_puller *p, const struct cs_call *call, natsMsg *msg)
{
    struct cs_arena *a = call->arena;
    const char *verb = cs_subject_token(a, natsMsg_GetSubject(msg), VERB_TOKEN);
    const char *tenant = cs_subject_token(a, natsMsg_GetSubject(msg), TENANT_TOKEN);

    return cs_dead_letter_send(a, msg,
                               &(struct cs_dead_letter){
                                   .kind = "job",
                                   .consumer = p->durable,
                                   .name = verb ? verb : "unknown",
                                   .tenant = tenant ? tenant : "_",
                                   .reason = cs_dead_reason(call),
                                   .request_id = call->request_id,
                                   .delivered = cs_pull_delivered(msg),
                               });
}

static void ticket_settle(struct cs_puller *p, struct cs_call *call, natsMsg *msg,
                          enum cs_verdict v)
{
    uint64_t delivered = cs_pull_delivered(msg);
    uint32_t random;

    cs_random(&random, sizeof(random));
    int64_t delay = cs_job_delay_ms(delivered, call->retry_after_ms, random);
    if (v == CS_DONE) {
        cs_pull_ack(p, msg);
    } else if (v == CS_AGAIN) {
        cs_pull_again(p, msg, cs_stopping() ? CS_LEAVE_MS : delay);
    } else if (ticket_bury(p, call, msg)) {
        cs_pull_drop(p, msg);
    } else {
        cs_pull_again(p, msg, delay);
    }
}

/* the row is the truth, but a ticket whose tenant is not its subject's is refused before it is read */
static int ticket_check(struct cs_call *call, const struct cs_job *job, const Ticket *t)
{
    if (!job)
        return cs_fail(call, CS_NOT_FOUND, "No worker handles this kind of job.");
    if (!t || !t->tenant_id || !call->tenant || strcmp(t->tenant_id, call->tenant) != 0)
        return cs_fail(call, CS_INVALID, "The ticket is malformed.");
    return 0;
}

static void job_count(const char *verb, enum cs_verdict v, int64_t us)
{
    char labels[160];

    snprintf(labels, sizeof(labels), "verb=\"%s\",result=\"%s\"", verb, verdicts[v]);
    cs_metric_add(cs_counter("cs_jobs_total", labels, "Job tickets settled"), 1);
    snprintf(labels, sizeof(labels), "verb=\"%s\"", verb);
    cs_metric_observe_us(cs_histogram("cs_job_seconds", labels, "From fetched to settled"), us);
}

static struct cs_call *job_begin(struct cs_puller *p, natsMsg *msg, struct cs_arena *a,
                                 const char *verb, const Ticket *ticket)
{
    return cs_background_begin(
        p->call, &(struct cs_background){
                     .tenant = cs_subject_token(a, natsMsg_GetSubject(msg), TENANT_TOKEN),
                     .request_id = ticket ? ticket->request_id : NULL,
                     .traceparent = cs_bus_header(msg, CS_H_TRACEPARENT),
                     .what = cs_printf(a, "job.%s", verb ? verb : "unknown"),
                     .received = true,
                 });
}

static void on_ticket(struct cs_puller *p, natsMsg *msg)
{
    struct cs_arena a; /* outlives the call's */
    int64_t began = cs_mono_us();
    uint64_t delivered = cs_pull_delivered(msg);

    cs_arena_init(&a);
    a.ceiling = CS_CALL_MEMORY;
    const char *verb = cs_subject_token(&a, natsMsg_GetSubject(msg), VERB_TOKEN);
    const struct cs_job *job = NULL;
    for (const struct cs_job *j = p->arg; verb && !job && j->verb; j++)
        if (strcmp(j->verb, verb) == 0)
            job = j;
    const Ticket *ticket =
        (const Ticket *)pbjson_unpack(&a, &chatsphere__v1__ticket__descriptor, natsMsg_GetData(msg),
                                      (size_t)natsMsg_GetDataLength(msg));
    struct cs_call *call = job_begin(p, msg, &a, verb, ticket);
    int r = ticket_check(call, job, ticket);
    if (r == 0 &&
        delivered > CS_MAX_DELIVERIES) /* never settled: it takes its workers down with it */
        r = cs_fail(call, CS_UNPROCESSABLE, "The job was interrupted %d times.", CS_MAX_DELIVERIES);
    else if (r == 0)
        r = cs_background_wait(p->call, job->fn(call, ticket));
    enum cs_verdict v = cs_verdict_of(r, call->status, delivered, CS_JOB_TRIES);
    if (v != CS_DONE && cs_stopping())
        v = CS_AGAIN;
    cs_background_end(p->call);
    ticket_settle(p, call, msg, v);
    job_count(job ? job->verb : "unknown", v, cs_mono_us() - began);
    cs_arena_dispose(&a);
}

void cs_jobs_start(const struct cs_job *jobs)
{
    int n = 0;

    for (const struct cs_job *j = jobs; j->verb; j++)
        n += j->workers;
    if (n <= 0)
        return;
    struct cs_puller *p = calloc((size_t)n, sizeof(*p));
    if (!p)
        abort();
    for (int i = 0; i < n; i++) {
        p[i].stream = "CHATSPHERE_JOBS";
        snprintf(p[i].durable, sizeof(p[i].durable), "%s", cs_bus.node->service);
        p[i].fn = on_ticket;
        p[i].arg = jobs;
        cs_puller_start(&p[i]);
    }
}
