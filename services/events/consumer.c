/* Durable consumers of subscribers, over the API of JetStream: libnats knows no filter of several subjects. */
#include "events/account.h"

#include "base/clock.h"
#include "base/log.h"
#include "nats/bus.h"

#include <stdatomic.h>
#include <string.h>

enum { CONSUMER_NOT_FOUND = 10014, MAX_PENDING = 1000 };
static const json_int_t ack_wait_ns = 30 * INT64_C(1000000000);

/* Whether the broker takes several subjects; it says so when the first consumer of that kind is made. */
static atomic_bool one_subject_only;

/* The broker's answer, to be freed; NULL with a problem on the call. */
static json_t *consumer_request(struct cs_call *call, const char *subject, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    natsMsg *reply = NULL;
    json_t *answer = NULL;

    json_decref(body);
    natsStatus s =
        natsConnection_RequestString(&reply, cs_bus.nc, subject, text ? text : "", ACCOUNT_WAIT_MS);
    free(text);
    if (s == NATS_OK)
        answer = json_loadb(natsMsg_GetData(reply), (size_t)natsMsg_GetDataLength(reply), 0, NULL);
    natsMsg_Destroy(reply);
    if (!answer) {
        cs_log(CS_ERROR, "the broker's consumers cannot be asked", "subject", subject, "error",
               natsStatus_GetText(s), NULL);
        cs_fail(call, CS_OVERLOADED, "The broker of the platform cannot be asked. Retry later.");
    }
    return answer;
}

/* 0, STORE_NONE, or negative: what the answer says; it is freed. */
static int consumer_result(struct cs_call *call, json_t *answer)
{
    json_t *error = json_object_get(answer, "error");
    json_int_t code = json_integer_value(json_object_get(error, "err_code"));
    int r = !error ? 0 : code == CONSUMER_NOT_FOUND ? STORE_NONE : -1;

    if (r < 0) {
        cs_log(CS_ERROR, "the broker refuses a consumer", "error",
               json_string_value(json_object_get(error, "description")), NULL);
        cs_fail(call, CS_OVERLOADED, "The broker of the platform refuses the consumer.");
    }
    json_decref(answer);
    return r;
}

char **consumer_subjects(struct cs_arena *a, const struct subscription_row *s, size_t *ret_n)
{
    char **subjects = filter_subjects(a, &s->filter, s->tenant, ret_n);

    if (*ret_n > 1 && atomic_load(&one_subject_only)) {
        subjects[0] = filter_cover(a, subjects, *ret_n);
        *ret_n = 1;
    }
    return subjects;
}

static json_t *consumer_config(struct cs_arena *a, const struct subscription_row *s,
                               const struct consumer_start *start)
{
    size_t n;
    char **subjects = consumer_subjects(a, s, &n), at[CS_RFC3339_SIZE];
    json_t *c = json_pack("{s:s, s:s, s:I, s:i, s:i, s:s}", "durable_name", s->account,
                          "ack_policy", "explicit", "ack_wait", ack_wait_ns, "max_deliver", -1,
                          "max_ack_pending", MAX_PENDING, "replay_policy", "instant");

    if (n == 1) {
        json_object_set_new(c, "filter_subject", json_string(subjects[0]));
    } else {
        json_t *list = json_array();
        for (size_t i = 0; i < n; i++)
            json_array_append_new(list, json_string(subjects[i]));
        json_object_set_new(c, "filter_subjects", list);
    }
    if (start->sequence) {
        json_object_set_new(c, "opt_start_seq", json_integer(start->sequence));
    } else if (start->from_ms) {
        cs_rfc3339(at, start->from_ms);
        json_object_set_new(c, "opt_start_time", json_string(at));
    }
    json_object_set_new(c, "deliver_policy",
                        json_string(start->sequence  ? "by_start_sequence"
                                    : start->from_ms ? "by_start_time"
                                    : start->all     ? "all"
                                                     : "new"));
    return c;
}

static json_t *consumer_create(struct cs_call *call, const struct subscription_row *s,
                               const struct consumer_start *start)
{
    const char *subject =
        cs_printf(call->arena, "$JS.API.CONSUMER.DURABLE.CREATE." ACCOUNT_STREAM ".%s", s->account);

    return consumer_request(call, subject,
                            json_pack("{s:s, s:o}", "stream_name", ACCOUNT_STREAM, "config",
                                      consumer_config(call->arena, s, start)));
}

int consumer_make(struct cs_call *call, const struct subscription_row *s,
                  const struct consumer_start *start)
{
    json_t *answer = consumer_create(call, s, start), *config;
    size_t n;

    if (!answer)
        return -1;
    consumer_subjects(call->arena, s, &n);
    config = json_object_get(answer, "config");
    if (n > 1 && config && !json_object_get(config, "filter_subjects")) {
        /* an old broker ignores what it does not know, and would deliver the events of all workspaces */
        json_decref(answer);
        atomic_store(&one_subject_only, true);
        int r = consumer_remove(call, s);
        if (r || !(answer = consumer_create(call, s, start)))
            return r ? r : -1;
    }
    return consumer_result(call, answer);
}

int consumer_remove(struct cs_call *call, const struct subscription_row *s)
{
    json_t *answer = consumer_request(
        call, cs_printf(call->arena, "$JS.API.CONSUMER.DELETE." ACCOUNT_STREAM ".%s", s->account),
        NULL);
    int r = answer ? consumer_result(call, answer) : -1;

    return r == STORE_NONE ? 0 : r;
}

int consumer_lag(struct cs_call *call, const struct subscription_row *s, int64_t *ret)
{
    json_t *answer = consumer_request(
        call, cs_printf(call->arena, "$JS.API.CONSUMER.INFO." ACCOUNT_STREAM ".%s", s->account),
        NULL);

    if (!answer)
        return -1;
    *ret = json_integer_value(json_object_get(answer, "num_pending")) +
           json_integer_value(json_object_get(answer, "num_ack_pending"));
    return consumer_result(call, answer);
}
