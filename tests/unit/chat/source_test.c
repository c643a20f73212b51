/* Sources numbered in order, and cut to fit into one message. */
#include "test.h"

#include "chat/announce.h"
#include "chat/source.h"

enum { MANY = 50 };

static SearchReply *found(struct cs_arena *a, size_t n, size_t bytes)
{
    SearchReply *rep = SearchReply_new(a);

    rep->n_items = n;
    rep->items = CS_NEW(a, Hit *, n);
    for (size_t i = 0; i < n; i++) {
        Hit *hit = rep->items[i] = Hit_new(a);
        hit->document_name = cs_printf(a, "doc-%zu", i);
        hit->text = cs_alloc(a, bytes + 1);
        memset(hit->text, 'x', bytes);
    }
    return rep;
}

static void test_numbers_follow_the_order(void **state)
{
    SourcesFrame s = SOURCES_FRAME_INIT;
    (void)state;

    sources_from(&arena, found(&arena, 3, 10), &s);
    assert_int_equal(s.n_items, 3);
    assert_int_equal(s.items[0]->index, 1);
    assert_int_equal(s.items[2]->index, 3);
    assert_string_equal(s.items[2]->document_name, "doc-2");
    assert_string_equal(s.items[2]->text, "xxxxxxxxxx");
}

static void test_sources_fit_into_a_message(void **state)
{
    SourcesFrame s = SOURCES_FRAME_INIT;
    (void)state;

    sources_from(&arena, found(&arena, MANY, 16000), &s);
    assert_int_equal(s.n_items, MANY);
    assert_true(protobuf_c_message_get_packed_size(&s.base) < SOURCES_BYTES + MANY * 100);
    sources_from(&arena, found(&arena, 1, 16000), &s);
    assert_int_equal(strlen(s.items[0]->text), SOURCE_BYTES);
}

static void test_events_bear_no_text(void **state)
{
    SourcesFrame s = SOURCES_FRAME_INIT;
    MessageEvent e = MESSAGE_EVENT_INIT;
    (void)state;

    sources_from(&arena, found(&arena, 2, 10), &s);
    announce_sources(&arena, &s, &e);
    assert_int_equal(e.n_sources, 2);
    assert_null(e.sources[1]->text);
    assert_null(e.sources[1]->document_name);
    assert_null(e.sources[1]->heading_path);
    assert_int_equal(e.sources[1]->index, s.items[1]->index);
    assert_string_equal(s.items[1]->document_name, "doc-1");
    assert_non_null(s.items[1]->text);
    announce_sources(&arena, NULL, &e);
    assert_int_equal(e.n_sources, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_follow_the_order),
        cmocka_unit_test(test_sources_fit_into_a_message),
        cmocka_unit_test(test_events_bear_no_text),
    };
    return test_run(tests);
}
