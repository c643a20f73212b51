/* The three discovery answers as the NATS tools expect them. */
#include "test.h"

#include "bus/discovery.h"

#include "bus/stat.h"
#include "chatsphere/v1/names.h"
#include "nats/bus.h"

static const struct cs_method methods[] = {{.rpc = RPC_EMBED_EMBED_TEXTS}, {0}};
static const struct cs_service service = {
    .about = "vectors",
    .methods = methods,
};

static const char *text(json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    assert_non_null(s);
    return s;
}

static json_t *answer(const char *verb, const char *type)
{
    json_t *o = cs_discovery_answer(&service, verb);

    assert_non_null(o);
    assert_string_equal(text(o, "type"), type);
    assert_string_equal(text(o, "name"), "embed");
    assert_string_equal(text(o, "id"), "0123456789abcdef");
    assert_string_equal(text(o, "version"), "0.1.0");
    assert_true(json_is_object(json_object_get(o, "metadata")));
    return o;
}

static void ping(void **state)
{
    (void)state;
    json_decref(answer("PING", "io.nats.micro.v1.ping_response"));
    json_decref(answer("PING.embed.0123456789abcdef", "io.nats.micro.v1.ping_response"));
    assert_null(cs_discovery_answer(&service, "PINGS"));
    assert_null(cs_discovery_answer(&service, "schema"));
}

static void info_lists_endpoints(void **state)
{
    json_t *o = answer("INFO.embed", "io.nats.micro.v1.info_response");
    json_t *e = json_array_get(json_object_get(o, "endpoints"), 0);
    (void)state;

    assert_string_equal(text(o, "description"), "vectors");
    assert_int_equal(json_array_size(json_object_get(o, "endpoints")), 1);
    assert_string_equal(text(e, "name"), "embed_texts");
    assert_string_equal(text(e, "subject"), "chatsphere.v1.embed.embed_texts");
    assert_string_equal(text(e, "queue_group"), "embed");
    json_decref(o);
}

static void stats_count(void **state)
{
    (void)state;
    cs_stat_count(cs_stat_find("embed_texts"), 200, 3000);
    cs_stat_count(cs_stat_find("embed_texts"), 503, 1000);
    cs_stat_count(cs_stat_find("other"), 404, 10);
    json_t *o = answer("STATS", "io.nats.micro.v1.stats_response");
    json_t *e = json_array_get(json_object_get(o, "endpoints"), 0);
    assert_int_equal(json_integer_value(json_object_get(e, "num_requests")), 2);
    assert_int_equal(json_integer_value(json_object_get(e, "num_errors")), 1);
    assert_int_equal(json_integer_value(json_object_get(e, "processing_time")), 4000000);
    assert_int_equal(json_integer_value(json_object_get(e, "average_processing_time")), 2000000);
    assert_memory_equal(text(e, "last_error"), "503:", 4);
    json_decref(o);
}

static int set_up(void **state)
{
    (void)state;
    cs_bus.node = cs_topology_find("embed");
    memcpy(cs_bus.instance, "0123456789abcdef", CS_INSTANCE_SIZE);
    cs_stats_init(&service);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cs_stats_dispose();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ping),
        cmocka_unit_test(info_lists_endpoints),
        cmocka_unit_test(stats_count),
    };
    return test_run_with(tests, set_up, tear_down);
}
