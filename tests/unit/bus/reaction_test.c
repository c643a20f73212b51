/* Reading events, their verdicts, and the check of reactions against the topology; without a broker. */
#include "test.h"

#include "bus/reaction.h"

#include "base/id.h"
#include "bus/background.h"
#include "chatsphere/v1/names.h"
#include "nats/bus.h"
#include "../log_catch.h"

#include <stdio.h>

#define TENANT "00000000-0000-7000-8000-0000000000a0"
#define BOT "00000000-0000-7000-8000-0000000000b0"

static natsMsg *event(const char *subject, const char *version)
{
    natsMsg *msg = NULL;

    assert_int_equal(natsMsg_Create(&msg, subject, NULL, "\x00raw", 4), NATS_OK);
    natsMsgHeader_Set(msg, "ce-id", "e1");
    natsMsgHeader_Set(msg, "ce-type", "io.chatsphere.bot.deleted.v1");
    natsMsgHeader_Set(msg, "ce-source", "/tenants/t/bots/b");
    natsMsgHeader_Set(msg, "ce-subject", BOT);
    natsMsgHeader_Set(msg, "ce-time", "2026-01-01T00:00:00Z");
    natsMsgHeader_Set(msg, "ce-dataschema", "urn:protobuf:chatsphere.v1.BotEvent");
    if (version)
        natsMsgHeader_Set(msg, "ce-aggregateversion", version);
    return msg;
}

static void an_event_is_read_with_headers_and_payload(void **state)
{
    natsMsg *msg = event("chatsphere.event.v1." TENANT "." BOT ".bot.deleted", "7");
    struct cs_event_raw e;

    (void)state;
    assert_true(cs_event_read(&arena, msg, &e));
    assert_string_equal(e.wire, "chatsphere.event.v1." TENANT "." BOT ".bot.deleted");
    assert_string_equal(e.tenant, TENANT);
    assert_string_equal(e.bot, BOT);
    assert_string_equal(e.aggregate, "bot");
    assert_string_equal(e.event, "deleted");
    assert_string_equal(e.id, "e1");
    assert_string_equal(e.type, "io.chatsphere.bot.deleted.v1");
    assert_string_equal(e.source, "/tenants/t/bots/b");
    assert_string_equal(e.subject, BOT);
    assert_string_equal(e.time, "2026-01-01T00:00:00Z");
    assert_string_equal(e.dataschema, "urn:protobuf:chatsphere.v1.BotEvent");
    assert_int_equal(e.version, 7);
    assert_int_equal(e.len, 4);
    assert_memory_equal(e.data, "\x00raw", 4);
    natsMsg_Destroy(msg);
}

static void an_event_may_be_of_no_bot_and_no_version(void **state)
{
    natsMsg *msg = event("chatsphere.event.v1." TENANT "._.user.created", NULL);
    struct cs_event_raw e;

    (void)state;
    assert_true(cs_event_read(&arena, msg, &e));
    assert_null(e.bot);
    assert_int_equal(e.version, 0);
    assert_string_equal(e.aggregate, "user");
    natsMsg_Destroy(msg);
}

static void a_message_that_is_no_event_is_not_read(void **state)
{
    static const char *const subjects[] = {
        "chatsphere.event.v1." TENANT "._.user",
        "chatsphere.event.v1.someone._.user.created",
        "elsewhere",
    };
    struct cs_event_raw e;
    natsMsg *msg;

    (void)state;
    for (size_t i = 0; i < LEN(subjects); i++) {
        msg = event(subjects[i], NULL);
        assert_false(cs_event_read(&arena, msg, &e));
        natsMsg_Destroy(msg);
    }
    msg = event("chatsphere.event.v1." TENANT "._.user.created", NULL);
    natsMsgHeader_Delete(msg, "ce-id");
    assert_false(cs_event_read(&arena, msg, &e));
    natsMsg_Destroy(msg);
}

static int nothing(struct cs_call *call, const struct cs_event_raw *e)
{
    (void)call, (void)e;
    return 0;
}

static void rows_and_topology_name_the_same_events(void **state)
{
    static const struct cs_reaction all[] = {
        {.event = "bot.*", .raw = nothing}, {.event = ">", .raw = nothing}, {0}};
    static const struct cs_reaction one[] = {{.event = "bot.*", .raw = nothing}, {0}};
    const struct cs_node two = {.service = "s",
                                .reacts = (const char *const[]){">", "bot.*", NULL}};
    const struct cs_node none = {.service = "s", .reacts = (const char *const[]){NULL}};

    (void)state;
    assert_true(cs_reactions_listed(all, &two));
    assert_false(cs_reactions_listed(one, &two));
    assert_false(cs_reactions_listed(NULL, &two));
    assert_false(cs_reactions_listed(one, &none));
    assert_true(cs_reactions_listed(NULL, &none));
}

/* ---- verdicts ---- */

enum { MANY = 256 };

static const struct cs_node chat = {.service = "chat"};
static int n_calls, n_seen;

static void id_of(char out[CS_ID_SIZE], unsigned i)
{
    snprintf(out, CS_ID_SIZE, "00000000-0000-7000-8000-%012x", i);
}

/* fails for the id 7, as a statement does that one of its rows makes impossible */
static int sum_up(struct cs_call *call, const struct cs_happened *events, size_t n)
{
    char poison[CS_ID_SIZE];

    id_of(poison, 7);
    n_calls++;
    for (size_t i = 0; i < n; i++)
        if (strcmp(events[i].id, poison) == 0)
            return cs_fail_internal(call, "database: state 22003 constraint -");
    n_seen += (int)n;
    return 0;
}

static const struct cs_reaction summing = {.event = "message.completed",
                                           .many = sum_up,
                                           .payload = &chatsphere__v1__message_event__descriptor};

static natsMsg *message_event(unsigned i, const char *payload)
{
    char id[CS_ID_SIZE];
    natsMsg *msg = NULL;

    id_of(id, i);
    natsMsg_Create(&msg, "chatsphere.event.v1." TENANT "." BOT ".message.completed", NULL, payload,
                   (int)strlen(payload));
    natsMsgHeader_Set(msg, "ce-id", "e1");
    natsMsgHeader_Set(msg, "ce-type", "io.chatsphere.message.completed.v1");
    natsMsgHeader_Set(msg, "ce-subject", id);
    return msg;
}

/* One round of n events with the ids from 0 on, each delivered `delivered` times. */
static void round_run(const struct cs_reaction *row, struct cs_reacted *events, int n,
                      uint64_t delivered)
{
    struct cs_call_state *s;
    struct log_catch c;
    char log[16384];

    cs_bus.node = &chat;
    n_calls = n_seen = 0;
    s = cs_background_new();
    for (int i = 0; i < n; i++)
        events[i] =
            (struct cs_reacted){.msg = message_event((unsigned)i, ""), .delivered = delivered};
    log_catch_begin(&c);
    cs_reaction_run(s, &arena, row, events, n);
    log_catch_end(&c, log, sizeof(log));
    for (int i = 0; i < n; i++)
        natsMsg_Destroy(events[i].msg);
    cs_background_free(s);
}

static void one_event_that_fails_does_not_keep_its_batch(void **state)
{
    struct cs_reacted events[MANY];

    (void)state;
    round_run(&summing, events, MANY, 1);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(events[i].verdict, i == 7 ? CS_AGAIN : CS_DONE);
    assert_int_equal(n_seen, MANY - 1);
    assert_in_range(n_calls, 2, 20); /* found by halving, not by 256 calls */
}

static void what_comes_again_runs_alone(void **state)
{
    struct cs_reacted events[16];

    (void)state;
    round_run(&summing, events, 16, 2);
    assert_int_equal(n_calls, 16);
    assert_int_equal(n_seen, 15);
}

static void the_tenth_failure_is_the_last(void **state)
{
    struct cs_reacted events[8];

    (void)state;
    round_run(&summing, events, 8, 9);
    assert_int_equal(events[7].verdict, CS_AGAIN);
    round_run(&summing, events, 8, 10);
    assert_int_equal(events[7].verdict, CS_DEAD);
    assert_string_equal(events[7].reason, "database: state 22003 constraint -");
    assert_non_null(events[7].request_id);
    assert_int_equal(events[6].verdict, CS_DONE);
}

static void what_never_ends_a_try_is_dead_without_one(void **state)
{
    struct cs_reacted events[1];

    (void)state;
    round_run(&summing, events, 1, 11);
    assert_int_equal(n_calls, 0);
    assert_int_equal(events[0].verdict, CS_DEAD);
    assert_string_equal(events[0].reason, "The reaction was interrupted too often.");
}

static void what_cannot_be_read_is_dead_at_once(void **state)
{
    struct cs_reacted events[3] = {{0}};
    struct cs_call_state *s;
    struct log_catch c;
    char log[4096];

    (void)state;
    cs_bus.node = &chat;
    s = cs_background_new();
    n_calls = 0;
    for (unsigned i = 0; i < 3; i++)
        events[i] =
            (struct cs_reacted){.msg = message_event(i, i == 1 ? "\x0a" : ""), .delivered = 1};
    log_catch_begin(&c);
    cs_reaction_run(s, &arena, &summing, events, 3);
    log_catch_end(&c, log, sizeof(log));
    assert_int_equal(events[0].verdict, CS_DONE);
    assert_int_equal(events[1].verdict, CS_DEAD);
    assert_string_equal(events[1].reason, "The event cannot be read.");
    assert_int_equal(events[2].verdict, CS_DONE);
    assert_int_equal(n_calls, 1);
    for (int i = 0; i < 3; i++)
        natsMsg_Destroy(events[i].msg);
    cs_background_free(s);
}

static int refuse(struct cs_call *call, const char *bot, const char *id)
{
    (void)bot;
    char poison[CS_ID_SIZE];

    id_of(poison, 1);
    return strcmp(id, poison) == 0 ? cs_fail(call, CS_INVALID, "The event names no bot.") : 0;
}

static int raw_refuse(struct cs_call *call, const struct cs_event_raw *e)
{
    return refuse(call, e->bot, e->subject);
}

static void every_form_of_a_reaction_has_the_same_rule(void **state)
{
    const struct cs_reaction one = {.event = "message.completed", .fn = refuse};
    const struct cs_reaction raw = {.event = ">", .raw = raw_refuse};
    struct cs_reacted events[3];

    (void)state;
    for (int i = 0; i < 2; i++) {
        round_run(i ? &raw : &one, events, 3, 1);
        assert_int_equal(events[0].verdict, CS_DONE);
        assert_int_equal(events[1].verdict, CS_DEAD);
        assert_string_equal(events[1].reason, "The event names no bot.");
        assert_int_equal(events[2].verdict, CS_DONE);
    }
}

static void ten_tries_take_a_minute_and_a_half(void **state)
{
    int64_t sum = 0;

    (void)state;
    for (uint64_t delivered = 1; delivered < CS_MAX_DELIVERIES; delivered++)
        sum += cs_reaction_delay_ms(delivered);
    assert_int_equal(sum, 95000);
    assert_int_equal(cs_reaction_delay_ms(0), 16000);
    assert_int_equal(cs_reaction_delay_ms(1000), 16000);
}

/* libnats frees messages on a thread of its own */
static int set_up(void **state)
{
    (void)state;
    return nats_Open(-1) == NATS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return nats_CloseAndWait(1000) == NATS_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_read_with_headers_and_payload),
        cmocka_unit_test(an_event_may_be_of_no_bot_and_no_version),
        cmocka_unit_test(a_message_that_is_no_event_is_not_read),
        cmocka_unit_test(rows_and_topology_name_the_same_events),
        cmocka_unit_test(one_event_that_fails_does_not_keep_its_batch),
        cmocka_unit_test(what_comes_again_runs_alone),
        cmocka_unit_test(the_tenth_failure_is_the_last),
        cmocka_unit_test(what_never_ends_a_try_is_dead_without_one),
        cmocka_unit_test(what_cannot_be_read_is_dead_at_once),
        cmocka_unit_test(every_form_of_a_reaction_has_the_same_rule),
        cmocka_unit_test(ten_tries_take_a_minute_and_a_half),
    };
    return test_run_with(tests, set_up, tear_down);
}
