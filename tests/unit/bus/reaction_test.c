/* Reading an event, and the check of a service's reactions against the topology; without a broker. */
#include "test.h"

#include "bus/reaction.h"

#include "nats/bus.h"

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
    };
    return test_run_with(tests, set_up, tear_down);
}
