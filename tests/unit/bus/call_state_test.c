/* Calls opened from the headers of a message, as strange as the bus lets them through. */
#include "test.h"

#include "ratio.h"

#include "base/id.h"
#include "bus/call_state.h"
#include "bus/stat.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <nats/nats.h>
#include <stdio.h>

/* nats.c builds a received message by it; hdrLen < 0: without headers */
natsStatus natsMsg_create(natsMsg **ret, const char *subject, int subject_len, const char *reply,
                          int reply_len, const char *buf, int buf_len, int hdrLen);

#define SUBJECT "chatsphere.v1.embed.embed_texts"

/* NULL: refused before a look at its headers, as the pool does */
static struct cs_call_state *open_call(const char *headers, size_t len)
{
    natsMsg *msg = NULL;

    assert_int_equal(
        natsMsg_create(&msg, SUBJECT, (int)strlen(SUBJECT), NULL, 0, headers, (int)len, (int)len),
        NATS_OK);
    if (cs_bus_headers_fit(msg))
        return cs_call_open(msg);
    natsMsg_Destroy(msg);
    return NULL;
}

static void close_call(struct cs_call_state *s)
{
    cs_call_close(s, cs_fail(s->call, CS_INVALID, "The test ends."));
}

#define HEAD "NATS/1.0\r\n"

static void headers_of_the_contract(void **state)
{
    static const char headers[] = HEAD "Cs-Tenant: t\r\nCs-Principal:user:1\r\n"
                                       "\r\ncs-session: s\r\nCs-Tenant: u\r\n\r\n";
    struct cs_call_state *s = open_call(headers, strlen(headers));

    (void)state;
    assert_string_equal(s->call->tenant, "t"); /* the first of two */
    assert_string_equal(s->call->principal, "user:1");
    assert_null(s->call->session); /* names are as they are written */
    assert_int_equal(strlen(s->call->request_id), CS_ID_SIZE - 1);
    assert_int_equal(s->arena.ceiling, CS_CALL_MEMORY);
    close_call(s);
}

static void a_header_has_an_end(void **state)
{
    const char *long_one =
        cs_printf(&arena, HEAD "Cs-Tenant: %01025d\r\nCs-Roles: %01024d\r\n\r\n", 1, 1);
    struct cs_call_state *s = open_call(long_one, strlen(long_one));

    (void)state;
    assert_null(s->call->tenant);
    assert_int_equal(strlen(s->call->roles), 1024);
    close_call(s);
}

static void malformed_headers_are_none(void **state)
{
    static const char *const headers[] = {
        HEAD, HEAD "\r\n", "NATS/1.0", "NATS/1.0 503\r\n\r\n", HEAD "a\r\n\r\n", HEAD ": a\r\n\r\n",
        "x",  HEAD "a:"};

    (void)state;
    for (size_t i = 0; i < LEN(headers); i++) {
        struct cs_call_state *s = open_call(headers[i], strlen(headers[i]));
        assert_null(s->call->tenant);
        close_call(s);
    }
}

/* nats.c takes the next line for the value of an empty header; none of ours is empty */
static void an_empty_header_hides_the_next_one(void **state)
{
    static const char headers[] = HEAD "Cs-Roles:\r\nCs-Tenant: t\r\n\r\n";
    struct cs_call_state *s = open_call(headers, strlen(headers));

    (void)state;
    assert_null(s->call->tenant);
    close_call(s);
}

static void too_many_headers_are_not_read(void **state)
{
    const char *most = cs_printf(&arena, HEAD "Cs-Tenant: t\r\nA: %0*d\r\n\r\n",
                                 CS_HEADERS_MAX - 10 - 14 - 3 - 4, 1);
    struct cs_call_state *s = open_call(most, strlen(most));

    (void)state;
    assert_int_equal(strlen(most), CS_HEADERS_MAX);
    assert_string_equal(s->call->tenant, "t");
    close_call(s);
    most = cs_printf(&arena, "%s\r\n", most);
    assert_null(open_call(most, strlen(most)));
}

static void parse_headers(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct cs_call_state *s = open_call(data, len);

    (void)a;
    if (!s)
        return;
    *work = s->arena.bytes;
    close_call(s);
}

static void work_is_linear(void **state)
{
    static const struct ratio headers[] = {
        {.name = "a value",
         .head = HEAD "Cs-Tenant: ",
         .piece = "a",
         .tail = "\r\n\r\n",
         .parse = parse_headers},
        {.name = "a name",
         .head = HEAD,
         .piece = "a",
         .tail = ": a\r\n\r\n",
         .parse = parse_headers},
        {.name = "lines of one name",
         .head = HEAD,
         .piece = "Cs-Tenant: a\r\n",
         .tail = "\r\n",
         .parse = parse_headers},
        {.name = "blanks",
         .head = HEAD "a:",
         .piece = " ",
         .tail = "\r\n\r\n",
         .parse = parse_headers},
        {.name = "folded lines",
         .head = HEAD "a: b",
         .piece = "\r\n b",
         .tail = "\r\n\r\n",
         .parse = parse_headers},
        {.name = "line ends", .head = HEAD, .piece = "\r\n", .parse = parse_headers},
    };

    (void)state;
    ratio_check_all(headers);
}

static int begin(void **state)
{
    static const struct cs_method none[] = {{0}};
    static const struct cs_service service = {.methods = none};

    (void)state;
    cs_stats_init(&service);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    cs_calls_dispose();
    cs_stats_dispose();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_the_contract),
        cmocka_unit_test(a_header_has_an_end),
        cmocka_unit_test(malformed_headers_are_none),
        cmocka_unit_test(an_empty_header_hides_the_next_one),
        cmocka_unit_test(too_many_headers_are_not_read),
        cmocka_unit_test(work_is_linear),
    };

    return test_run_with(tests, begin, finish);
}
