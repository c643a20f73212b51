/* Subjects each service may use, by a matcher of the test's own. */
#include "test.h"

#include "nats/permission.h"

#include "pbjson/contract.h"

#include <stdio.h>

/* as the broker matches: * is one token, > the rest */
static bool matches(const char *pattern, const char *subject)
{
    for (;;) {
        size_t p = strcspn(pattern, "."), s = strcspn(subject, ".");
        if (p == 1 && *pattern == '>')
            return s > 0;
        if (!(p == 1 && *pattern == '*') && (p != s || strncmp(pattern, subject, p) != 0))
            return false;
        if (!pattern[p] || !subject[s])
            return !pattern[p] && !subject[s];
        pattern += p + 1;
        subject += s + 1;
    }
}

static bool may(const char *service, const char *verb, const char *subject)
{
    json_t *all = cs_permissions(cs_topology_find(service));
    json_t *list = json_object_get(json_object_get(all, verb), "allow"), *entry;
    bool found = false;
    size_t i;

    assert_true(json_is_array(list) && json_array_size(list) > 0);
    json_array_foreach(list, i, entry) {
        if (strchr(json_string_value(entry), ' '))
            found = found || strcmp(json_string_value(entry), subject) == 0;
        else
            found = found || matches(json_string_value(entry), subject);
    }
    json_decref(all);
    return found;
}

static bool publishes(const char *service, const char *subject)
{
    return may(service, "pub", subject);
}

static bool hears(const char *service, const char *subject)
{
    return may(service, "sub", subject);
}

static void the_matcher_works(void **state)
{
    (void)state;
    assert_true(matches("a.*.c", "a.b.c"));
    assert_true(matches("a.>", "a.b.c"));
    assert_false(matches("a.>", "a"));
    assert_false(matches("a.*", "a.b.c"));
    assert_false(matches("a.b.c", "a.b"));
}

/* for every service and method of the contract: calls go exactly where the topology says */
static void calls_follow_the_topology(void **state)
{
    char subject[128];
    (void)state;

    for (const struct cs_node *a = cs_topology; a->service; a++) {
        for (size_t i = 0; i < cs_n_rpcs; i++) {
            const struct cs_rpc *rpc = cs_rpcs[i];
            bool calls = cs_topology_may_call(a, rpc->service, rpc->method);
            assert_int_equal(publishes(a->service, rpc->subject), calls);
            snprintf(subject, sizeof(subject), "chatsphere.at.%s.instance.%s", rpc->service,
                     rpc->method);
            assert_int_equal(publishes(a->service, subject),
                             calls && strcmp(a->service, "edge") != 0);
        }
    }
}

/* a call that the contract does not have would be a right that no test looks at */
static void the_topology_names_methods_of_the_contract(void **state)
{
    (void)state;

    for (const struct cs_node *n = cs_topology; n->service; n++)
        for (const char *const *c = n->calls; *c; c++) {
            char service[64];
            size_t dot = strcspn(*c, ".");
            snprintf(service, sizeof(service), "%.*s", (int)dot, *c);
            assert_non_null(cs_rpc_find(service, *c + dot + 1));
            /* a service asks itself only for what must wait for its turn among the calls of others */
            if (strcmp(*c, "retrieve.search") != 0)
                assert_string_not_equal(service, n->service);
        }
    assert_null(cs_topology_find("auth")
                    ->calls[0]); /* the holder of all passwords depends on no other service */
    assert_null(cs_topology_find("nobody"));
}

/* who signs has a key, and who is called the public ones */
static void keys_follow_the_calls(void **state)
{
    (void)state;

    for (const struct cs_node *n = cs_topology; n->service; n++) {
        bool signs = false, called = false;
        for (size_t i = 0; i < cs_n_rpcs; i++) {
            signs = signs || (!cs_rpcs[i]->read_only &&
                              cs_topology_may_call(n, cs_rpcs[i]->service, cs_rpcs[i]->method));
            called = called || strcmp(cs_rpcs[i]->service, n->service) == 0;
        }
        assert_int_equal(cs_node_secret(n, "SIGN_KEY") != NULL, signs);
        assert_int_equal(cs_node_secret(n, "SIGN_PUB") != NULL, called);
    }
}

static void provider_keys_are_opened_by_chat_and_embed(void **state)
{
    (void)state;
    for (const struct cs_node *n = cs_topology; n->service; n++)
        assert_int_equal(publishes(n->service, "chatsphere.v1.bot_store.open_provider_key"),
                         strcmp(n->service, "chat") == 0 || strcmp(n->service, "embed") == 0);
}

/* for every service, caller and callee: only the callee can answer the caller */
static void replies_come_from_the_callee(void **state)
{
    char subject[128];
    (void)state;

    for (const struct cs_node *me = cs_topology; me->service; me++)
        for (const struct cs_node *caller = cs_topology; caller->service; caller++) {
            for (const struct cs_node *callee = cs_topology; callee->service; callee++) {
                snprintf(subject, sizeof(subject), "_INBOX.%s.i.%s.1-1", caller->service,
                         callee->service);
                assert_int_equal(publishes(me->service, subject), me == callee);
            }
            snprintf(subject, sizeof(subject), "_INBOX.%s.i.1-1", caller->service);
            assert_false(publishes(me->service, subject));
        }
}

static void nobody_hears_what_is_anothers(void **state)
{
    char subject[128];
    (void)state;

    for (const struct cs_node *a = cs_topology; a->service; a++) {
        for (const struct cs_node *b = cs_topology; b->service; b++) {
            bool own = a == b;
            snprintf(subject, sizeof(subject), "chatsphere.v1.%s.> %s", b->service, b->service);
            assert_int_equal(hears(a->service, subject), own);
            snprintf(subject, sizeof(subject), "chatsphere.v1.%s.method", b->service);
            assert_false(hears(a->service, subject)); /* not without the group */
            snprintf(subject, sizeof(subject), "chatsphere.at.%s.i.method", b->service);
            assert_int_equal(hears(a->service, subject), own);
            snprintf(subject, sizeof(subject), "_INBOX.%s.x.1-1", b->service);
            assert_int_equal(hears(a->service, subject), own);
        }
        assert_false(hears(a->service, "chatsphere.event.v1.t.b.bot.created"));
        assert_false(hears(a->service, "chatsphere.job.v1.ingest.extract.t"));
    }
}

static void jobs_and_dead_letters_are_the_owners(void **state)
{
    (void)state;
    assert_true(publishes("ingest", "chatsphere.job.v1.ingest.document.t"));
    assert_true(publishes("ingest", "$JS.API.CONSUMER.MSG.NEXT.CHATSPHERE_JOBS.ingest"));
    assert_true(publishes("ingest", "$JS.ACK.CHATSPHERE_JOBS.ingest.1.2.3.4.5"));
    assert_true(publishes("ingest", "chatsphere.dlq.v1.ingest.extract.t"));
    assert_false(publishes("ingest", "$JS.API.CONSUMER.MSG.NEXT.CHATSPHERE_JOBS.embed"));
    assert_false(publishes("ingest", "chatsphere.dlq.v1.embed.document.t"));
    assert_true(publishes("auth", "chatsphere.dlq.v1.auth.message_completed.t"));
    assert_false(publishes("auth", "chatsphere.dlq.v1.chat.bot_deleted.t"));
    assert_false(publishes("embed", "chatsphere.dlq.v1.embed.bot_deleted.t"));
    assert_false(publishes("chat", "chatsphere.job.v1.ingest.extract.t"));
    assert_false(publishes("chat", "$JS.API.STREAM.DELETE.CHATSPHERE_JOBS"));
}

static void events_are_their_owners(void **state)
{
    (void)state;
    assert_true(publishes("bot_store", "chatsphere.event.v1.t.b.bot.created"));
    assert_true(publishes("auth", "chatsphere.event.v1.t._.user.created"));
    assert_true(publishes("chat", "chatsphere.event.v1.t.b.message.completed"));
    assert_false(publishes("chat", "chatsphere.event.v1.t.b.bot.deleted"));
    assert_true(publishes("chat", "$JS.API.CONSUMER.MSG.NEXT.CHATSPHERE_EVENTS.chat_bot_deleted"));
    assert_false(publishes("auth", "$JS.API.CONSUMER.MSG.NEXT.CHATSPHERE_EVENTS.chat_bot_deleted"));
    assert_true(
        publishes("auth", "$JS.API.CONSUMER.MSG.NEXT.CHATSPHERE_EVENTS.auth_message_completed"));
}

static void turns_and_cancels(void **state)
{
    (void)state;
    assert_true(hears("edge", "chatsphere.turn.edge-0.1.t"));
    assert_false(hears("chat", "chatsphere.turn.edge-0.1.t"));
    assert_true(publishes("chat", "chatsphere.turn.edge-0.1.t"));
    assert_false(publishes("auth", "chatsphere.turn.edge-0.1.t"));
    assert_false(publishes("ingest", "chatsphere.turn.edge-0.1.t"));
    assert_true(publishes("edge", "chatsphere.ctl.cancel.r"));
    assert_false(publishes("retrieve", "chatsphere.ctl.cancel.r"));
    assert_true(hears("retrieve", "chatsphere.ctl.cancel.r"));
    assert_true(publishes("auth", "chatsphere.ctl.alive.auth"));
    assert_false(publishes("auth", "chatsphere.ctl.alive.chat"));
}

/* the consumer of `event` gets what happens under `subject` */
static bool reacts(const char *event, const char *subject)
{
    char filter[128];

    cs_event_filter(event, filter, sizeof(filter));
    return matches(filter, subject);
}

static void reactions_may_name_a_pattern(void **state)
{
    (void)state;
    assert_true(reacts("bot.deleted", "chatsphere.event.v1.t.b.bot.deleted"));
    assert_false(reacts("bot.deleted", "chatsphere.event.v1.t.b.bot.created"));
    assert_true(reacts("bot.*", "chatsphere.event.v1.t.b.bot.created"));
    assert_false(reacts("bot.*", "chatsphere.event.v1.t.b.document.created"));
    assert_true(reacts("*.deleted", "chatsphere.event.v1.t.b.document.deleted"));
    assert_false(reacts("*.deleted", "chatsphere.event.v1.t.b.document.created"));
    assert_true(reacts("*.*", "chatsphere.event.v1.t._.user.created"));
    assert_true(reacts(">", "chatsphere.event.v1.t._.user.created"));
    assert_false(reacts(">", "chatsphere.job.v1.ingest.extract.t"));
}

static void a_pattern_has_a_consumer_of_its_own(void **state)
{
    static const char *const names[][2] = {
        {"bot.deleted", "events_bot_deleted"},
        {"bot.*", "events_bot_any"},
        {"*.deleted", "events_any_deleted"},
        {"*.*", "events_any_any"},
        {">", "events_all"},
    };
    char name[128], little[12];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cs_durable_name("events", names[i][0], name, sizeof(name));
        assert_string_equal(name, names[i][1]);
    }
    cs_durable_name("events", "api_key.created", little, sizeof(little)); /* cut, not overrun */
    assert_int_equal(strlen(little) < sizeof(little), 1);
}

/* The tools read `chatsphere topology` word by word. */
static void every_row_is_complete(void **state)
{
    (void)state;
    assert_string_equal(cs_topology[0].service, "edge");
    for (const struct cs_node *n = cs_topology; n->service; n++) {
        assert_string_equal(n->program, strstr(n->program, "chatsphere-"));
        assert_ptr_equal(cs_topology_find(n->service), n);
        assert_int_equal(strcspn(cs_node_process(n), "_ \t"), strlen(cs_node_process(n)));
        assert_true(n->calls && n->publish && n->subscribe && n->reacts && n->secrets);
        for (const struct cs_node_secret *s = n->secrets; s->file; s++)
            assert_ptr_equal(cs_node_secret(n, s->setting), s->file);
    }
    assert_string_equal(cs_node_process(cs_topology_find("bot_store")), "bot-store");
    assert_string_equal(cs_node_secret(cs_topology_find("chat"), "SIGN_KEY"), "sign-chat.key");
    assert_null(cs_node_secret(cs_topology_find("bot_store"), "SIGN_KEY"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(the_matcher_works),
        cmocka_unit_test(reactions_may_name_a_pattern),
        cmocka_unit_test(a_pattern_has_a_consumer_of_its_own),
        cmocka_unit_test(calls_follow_the_topology),
        cmocka_unit_test(the_topology_names_methods_of_the_contract),
        cmocka_unit_test(keys_follow_the_calls),
        cmocka_unit_test(provider_keys_are_opened_by_chat_and_embed),
        cmocka_unit_test(replies_come_from_the_callee),
        cmocka_unit_test(nobody_hears_what_is_anothers),
        cmocka_unit_test(jobs_and_dead_letters_are_the_owners),
        cmocka_unit_test(events_are_their_owners),
        cmocka_unit_test(turns_and_cancels),
    };
    return test_run(tests);
}
