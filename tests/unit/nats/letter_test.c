/* Dead letters read, and what a replay of one publishes. */
#include "test.h"

#include "nats/letter.h"

#include "nats/bus.h"

#define TENANT "00000000-0000-7000-8000-0000000000a0"
#define EVENT "chatsphere.event.v1." TENANT "._.message.completed"
#define JOB "chatsphere.job.v1.ingest.document." TENANT

static natsMsg *letter(const char *subject, const char *from, const char *consumer)
{
    natsMsg *msg = NULL;

    assert_int_equal(natsMsg_Create(&msg, subject, NULL, "body", 4), NATS_OK);
    natsMsgHeader_Set(msg, "Cs-Reason", "database: state 22003");
    natsMsgHeader_Set(msg, "Cs-Deliveries", "10");
    natsMsgHeader_Set(msg, "Cs-Request-Id", "r1");
    natsMsgHeader_Set(msg, "Cs-Subject", from);
    natsMsgHeader_Set(msg, "Cs-Consumer", consumer);
    natsMsgHeader_Set(msg, "Nats-Msg-Id", "dlq-x-1");
    natsMsgHeader_Set(msg, "ce-id", "e1");
    return msg;
}

static natsMsg *original(natsMsg *msg)
{
    struct cs_letter l;

    assert_true(cs_letter_read(&arena, msg, 12, 1000, &l));
    return cs_letter_original(&l);
}

static void a_letter_is_read(void **state)
{
    natsMsg *msg =
        letter("chatsphere.dlq.v1.auth.message_completed." TENANT, EVENT, "auth_message_completed");
    natsMsg *bare = NULL, *other = NULL;
    struct cs_letter l;

    (void)state;
    assert_true(cs_letter_read(&arena, msg, 12, 1000, &l));
    assert_int_equal(l.number, 12);
    assert_string_equal(l.service, "auth");
    assert_string_equal(l.name, "message_completed");
    assert_string_equal(l.tenant, TENANT);
    assert_string_equal(l.reason, "database: state 22003");
    assert_string_equal(l.deliveries, "10");
    assert_string_equal(l.request_id, "r1");
    assert_string_equal(l.from, EVENT);
    assert_string_equal(l.consumer, "auth_message_completed");
    natsMsg_Create(&bare, "chatsphere.dlq.v1.auth", NULL, NULL, 0);
    assert_true(cs_letter_read(&arena, bare, 1, 0, &l));
    assert_string_equal(l.tenant, "-");
    assert_string_equal(l.reason, "-");
    natsMsg_Create(&other, EVENT, NULL, NULL, 0);
    assert_false(cs_letter_read(&arena, other, 1, 0, &l));
    natsMsg_Destroy(msg);
    natsMsg_Destroy(bare);
    natsMsg_Destroy(other);
}

static void an_event_goes_to_the_consumer_that_failed(void **state)
{
    natsMsg *msg =
        letter("chatsphere.dlq.v1.auth.message_completed." TENANT, EVENT, "auth_message_completed");
    natsMsg *again = original(msg);

    (void)state;
    assert_non_null(again);
    assert_string_equal(natsMsg_GetSubject(again), EVENT);
    assert_int_equal(natsMsg_GetDataLength(again), 4);
    assert_string_equal(cs_bus_header(again, "ce-id"), "e1");
    assert_string_equal(cs_bus_header(again, "Cs-Replay"), "auth_message_completed");
    assert_null(cs_bus_header(again, "Cs-Reason"));
    assert_null(cs_bus_header(again, "Cs-Request-Id"));
    assert_null(cs_bus_header(again, "Nats-Msg-Id"));
    natsMsg_Destroy(again);
    natsMsg_Destroy(msg);
}

static void a_ticket_is_what_it_was(void **state)
{
    natsMsg *msg = letter("chatsphere.dlq.v1.ingest.document." TENANT, JOB, "ingest");
    natsMsg *again = original(msg);

    (void)state;
    assert_non_null(again);
    assert_string_equal(natsMsg_GetSubject(again), JOB);
    assert_string_equal(cs_bus_header(again, "Cs-Request-Id"), "r1");
    assert_null(cs_bus_header(again, "Cs-Replay"));
    natsMsg_Destroy(again);
    natsMsg_Destroy(msg);
}

/* auth's credentials may write dead letters of auth: they cannot make the operator publish for others */
static void a_forged_letter_is_not_replayed(void **state)
{
    static const char *const forged[][3] = {
        {"chatsphere.dlq.v1.auth.document." TENANT, JOB, "ingest"},
        {"chatsphere.dlq.v1.auth.bot_deleted." TENANT, EVENT, "ingest_bot_deleted"},
        {"chatsphere.dlq.v1.auth.x." TENANT, "chatsphere.v1.auth.login", "auth"},
        {"chatsphere.dlq.v1.ingest.x." TENANT, "$JS.API.STREAM.DELETE.CHATSPHERE_JOBS", "ingest"},
        {"chatsphere.dlq.v1.nobody.x." TENANT, JOB, "ingest"},
    };

    (void)state;
    for (size_t i = 0; i < LEN(forged); i++) {
        natsMsg *msg = letter(forged[i][0], forged[i][1], forged[i][2]);
        assert_null(original(msg));
        natsMsg_Destroy(msg);
    }
}

static void filters(void **state)
{
    (void)state;
    assert_string_equal(cs_letter_filter(&arena, NULL, NULL), "chatsphere.dlq.v1.*.*.*");
    assert_string_equal(cs_letter_filter(&arena, "auth", "t"), "chatsphere.dlq.v1.auth.*.t");
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
        cmocka_unit_test(a_letter_is_read),
        cmocka_unit_test(an_event_goes_to_the_consumer_that_failed),
        cmocka_unit_test(a_ticket_is_what_it_was),
        cmocka_unit_test(a_forged_letter_is_not_replayed),
        cmocka_unit_test(filters),
    };
    return test_run_with(tests, set_up, tear_down);
}
