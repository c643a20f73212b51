/* Spans as the JSON of OTLP, bounded in size. */
#include "test.h"

#include "obs/span.h"

#include "obs/otlp.h"
#include "obs/ring.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

static const char parent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
static const char unsampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/* nobody listens there: what is exported is lost, quickly */
static int start(void **state)
{
    (void)state;
    return cs_otlp_start("test", "http://127.0.0.1:9/");
}

static int stop(void **state)
{
    (void)state;
    cs_otlp_stop();
    return 0;
}

static void off_there_are_no_spans(void **state)
{
    (void)state;
    assert_int_equal(cs_otlp_start("test", NULL), 0);
    assert_int_equal(cs_otlp_start("test", ""), 0);
    assert_null(cs_span_child(CS_SPAN_CLIENT, parent));
    assert_null(cs_span_new(CS_SPAN_SERVER, parent, NULL));
    assert_string_equal(cs_span_context(NULL, parent), parent);
    cs_span_name(NULL, "%s", "x");
    cs_span_int(NULL, "x", 1);
    cs_span_text(NULL, "x", "y");
    cs_span_fail(NULL, "y");
    cs_span_status(NULL, "x", 500, 400);
    cs_span_end(NULL);
}

static void only_http_is_an_address(void **state)
{
    (void)state;
    assert_int_equal(cs_otlp_start("test", "ftp://127.0.0.1"), -1);
    assert_int_equal(cs_otlp_start("test", "collector:4318"), -1);
}

static void the_flag_is_honoured(void **state)
{
    struct cs_span *s = cs_span_child(CS_SPAN_CLIENT, parent);
    (void)state;

    assert_non_null(s);
    assert_memory_equal(s->own, parent, 36);
    assert_memory_not_equal(s->own + 36, parent + 36, 16);
    assert_string_equal(s->parent, parent);
    cs_span_end(s);
    assert_null(cs_span_child(CS_SPAN_CLIENT, unsampled));
    assert_null(cs_span_child(CS_SPAN_CLIENT, NULL));
    assert_null(cs_span_child(CS_SPAN_CLIENT, "nonsense"));
}

static void a_span_never_outgrows_itself(void **state)
{
    struct cs_span *s = cs_span_new(CS_SPAN_SERVER, parent, NULL);
    char longer[1000];
    (void)state;

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    cs_span_name(s, "%s", longer);
    for (int i = 0; i < 3 * CS_SPAN_ATTRS; i++)
        cs_span_text(s, "key", longer);
    assert_int_equal(s->n_attrs, CS_SPAN_ATTRS);
    assert_int_equal(strlen(s->attrs[0].text), CS_SPAN_VALUE_SIZE - 1);
    assert_int_equal(strlen(s->name), CS_SPAN_NAME_SIZE - 1);
    cs_span_end(s);
}

static json_t *at(json_t *o, const char *a, const char *b)
{
    return json_array_get(json_object_get(a ? json_object_get(o, a) : o, b), 0);
}

static void spans_are_json_of_otlp(void **state)
{
    struct cs_span *s = cs_span_child(CS_SPAN_CLIENT, parent), *root;
    CS_BUF_AUTO struct cs_buf out = {0};
    (void)state;

    cs_span_name(s, "auth/login");
    cs_span_text(s, "quoted", "a\"b\\c\xff\n");
    cs_span_text(s, "absent", NULL);
    cs_span_status(s, "rpc.response.status_code", 503, 500);
    s->start_ns = 1790000000123456789;
    s->end_ns = 1790000000123456999;
    root = cs_span_new(CS_SPAN_SERVER, parent, "nonsense");
    root->end_ns = root->start_ns;
    cs_otlp_write(&out, "edge", "me", (struct cs_span *[]){s, root}, 2);

    json_t *whole = json_loads(out.data, 0, NULL), *resource = at(whole, NULL, "resourceSpans");
    json_t *scope = at(resource, NULL, "scopeSpans"), *a = json_object_get(scope, "spans");
    json_t *expected = json_pack(
        "{s:s,s:s%,s:s,s:s,s:i,s:i,s:s,s:s,s:{s:i},s:[{s:s,s:{s:s}},{s:s,s:{s:s}},{s:s,s:{s:s}}]}",
        "traceId", "4bf92f3577b34da6a3ce929d0e0e4736", "spanId", s->own + 36, (size_t)16,
        "parentSpanId", "00f067aa0ba902b7", "name", "auth/login", "kind", 3, "flags", 1,
        "startTimeUnixNano", "1790000000123456789", "endTimeUnixNano", "1790000000123456999",
        "status", "code", 2, "attributes", "key", "quoted", "value", "stringValue", "a\"b\\c??",
        "key", "rpc.response.status_code", "value", "intValue", "503", "key", "error.type", "value",
        "stringValue", "503");
    assert_true(json_equal(json_array_get(a, 0), expected));
    assert_null(json_object_get(json_array_get(a, 1), "parentSpanId"));
    assert_null(json_object_get(json_array_get(a, 1), "status"));
    json_t *name = at(resource, "resource", "attributes");
    assert_string_equal(json_string_value(json_object_get(name, "key")), "service.name");
    json_decref(expected);
    json_decref(whole);
    cs_span_end(s);
    cs_span_end(root);
}

static void a_scope_is_of_its_thread(void **state)
{
    (void)state;
    assert_null(cs_span_here());
    cs_span_scope(parent);
    assert_ptr_equal(cs_span_here(), parent);
    cs_span_scope(NULL);
    assert_null(cs_span_here());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(off_there_are_no_spans),
        cmocka_unit_test(only_http_is_an_address),
        cmocka_unit_test_setup_teardown(the_flag_is_honoured, start, stop),
        cmocka_unit_test_setup_teardown(a_span_never_outgrows_itself, start, stop),
        cmocka_unit_test_setup_teardown(spans_are_json_of_otlp, start, stop),
        cmocka_unit_test(a_scope_is_of_its_thread),
    };
    return test_run(tests);
}
