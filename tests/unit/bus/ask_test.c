/* Which replies end a call to another service. The broker is the test's own. */
#include "bus/ask.h"
#include "bus/client.h"

#include "base/clock.h"
#include "chatsphere/v1/names.h"
#include "nats/bus.h"
#include "pbjson/pbjson.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const char *const may_call[] = {"retrieve.search", NULL};
static const struct cs_node me = {.service = "chat", .calls = may_call};
struct cs_bus cs_bus = {.node = &me, .instance = "i1"};

static natsMsgHandler on_reply;
static const char *answer; /* to the next call, from a thread of its own; NULL: none */
static size_t answer_len;
static pthread_t answerer;
static char reply_to[192], call_subject[192];

/* ---- the broker ---- */

bool cs_bus_up(void)
{
    return true;
}

static void *answer_give(void *arg)
{
    natsMsg *msg = NULL;

    (void)arg;
    assert_int_equal(natsMsg_Create(&msg, reply_to, NULL, answer, (int)answer_len), NATS_OK);
    on_reply(NULL, NULL, msg, NULL);
    return NULL;
}

bool cs_bus_send(natsMsg *msg)
{
    snprintf(reply_to, sizeof(reply_to), "%s", natsMsg_GetReply(msg));
    snprintf(call_subject, sizeof(call_subject), "%s", natsMsg_GetSubject(msg));
    return !answer || pthread_create(&answerer, NULL, answer_give, NULL) == 0;
}

bool cs_bus_publish(const char *subject, const void *data, size_t len)
{
    (void)subject;
    (void)data;
    (void)len;
    return true;
}

void cs_bus_answer_error(natsMsg *msg, int status, bool again, const void *body, size_t len)
{
    (void)msg;
    (void)status;
    (void)again;
    (void)body;
    (void)len;
}

void cs_bus_refuse(const char *to, int status, bool again, const void *body, size_t len)
{
    (void)to;
    (void)status;
    (void)again;
    (void)body;
    (void)len;
}

natsSubscription *cs_bus_subscribe(const char *subject, const char *queue, natsMsgHandler fn,
                                   void *closure)
{
    (void)queue;
    (void)closure;
    assert_string_equal(subject, "_INBOX.chat.i1.*.*");
    on_reply = fn;
    return (natsSubscription *)&on_reply;
}

/* Publishes to the subject; true: that ended the call. */
static bool ends(struct cs_ask *k, const char *subject)
{
    natsMsg *msg = NULL;

    assert_int_equal(natsMsg_Create(&msg, subject, NULL, "", 0), NATS_OK);
    on_reply(NULL, NULL, msg, NULL);
    return k->done;
}

static const char *with(const char *part, const char *other)
{
    static char text[256];
    const char *at = strstr(reply_to, part);

    assert_non_null(at);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - reply_to), reply_to, other,
             at + strlen(part));
    return text;
}

static struct cs_ask asked(struct cs_call *call)
{
    return (struct cs_ask){.call = call,
                           .rpc = RPC_RETRIEVE_SEARCH,
                           .data = "",
                           .deadline_ms = cs_mono_ms() + 60 * 1000};
}

static void only_the_callee_with_the_word_ends_a_call(void **state)
{
    struct cs_call call = {0};
    struct cs_ask k = asked(&call);
    char word[17];
    (void)state;

    cs_ask_begin(&k);
    assert_string_equal(call_subject, "chatsphere.v1.retrieve.search");
    snprintf(word, sizeof(word), "%s", strrchr(reply_to, '-') + 1);
    assert_false(ends(&k, with(".retrieve.", ".embed.")));
    assert_false(ends(&k, with(".retrieve.", ".retriev.")));
    assert_false(ends(&k, with(".retrieve.", ".retrievex.")));
    assert_false(ends(&k, with(".retrieve.", ".")));
    assert_false(ends(&k, with(word, "0000000000000000")));
    assert_false(ends(&k, with(word, "1")));
    assert_false(ends(&k, with(word, "")));
    assert_true(ends(&k, reply_to));
    cs_ask_wait(&k);
    assert_non_null(k.reply);
    natsMsg_Destroy(k.reply);
}

/* the slot is given on; the word is not */
static void a_late_reply_does_not_end_the_next_call(void **state)
{
    struct cs_call call = {0};
    struct cs_ask first = asked(&call), second = asked(&call);
    char late[192];
    (void)state;

    cs_ask_begin(&first);
    assert_true(ends(&first, reply_to));
    snprintf(late, sizeof(late), "%s", reply_to);
    cs_ask_wait(&first);
    natsMsg_Destroy(first.reply);
    cs_ask_begin(&second);
    assert_int_equal(first.id.slot, second.id.slot);
    assert_string_not_equal(late, reply_to);
    assert_false(ends(&second, late));
    assert_true(ends(&second, reply_to));
    cs_ask_wait(&second);
    natsMsg_Destroy(second.reply);
}

/* An empty hit is two bytes of a reply, and over a hundred in memory. */
static void a_reply_of_too_many_values_fails_the_call(void **state)
{
    enum { HITS = 250 * 1000 };
    static char hits[2 * HITS];
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 60 * 1000};
    SearchRequest req = SEARCH_REQUEST_INIT;
    ProtobufCMessage *rep;
    size_t before = arena.bytes;
    (void)state;

    for (size_t i = 0; i < HITS; i++)
        hits[2 * i] = (char)(1 << 3 | 2);
    answer = hits;
    answer_len = sizeof(hits);
    assert_int_equal(cs_ask(&call, RPC_RETRIEVE_SEARCH, &req.base, &rep), -CS_UPSTREAM);
    answer = NULL;
    pthread_join(answerer, NULL);
    assert_string_equal(call.detail, "The service retrieve sent a reply of too many values.");
    assert_true(arena.bytes - before <= PBJSON_UNPACKED_MAX + 64 * 1024);
}

static int set_up(void **state)
{
    (void)state;
    return nats_Open(-1) == NATS_OK ? cs_ask_start() : -1;
}

static int tear_down(void **state)
{
    (void)state;
    cs_ask_stop();
    nats_Close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_callee_with_the_word_ends_a_call),
        cmocka_unit_test(a_late_reply_does_not_end_the_next_call),
        cmocka_unit_test(a_reply_of_too_many_values_fails_the_call),
    };

    return test_run_with(tests, set_up, tear_down);
}
