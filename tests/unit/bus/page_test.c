/* Limits and cursors, and pages that must fit into a message. */
#include "test.h"

#include "bus/page.h"

#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"
#include "pg/pg.h"

#define ID "0190a000-0000-7000-8000-000000000001"

static int page_n(int limit)
{
    struct cs_call call = {.arena = &arena};
    struct cs_page page;

    assert_int_equal(cs_page_of(&call, limit, NULL, &page), 0);
    assert_false(page.after);
    return page.n;
}

static void one_more_is_read(void **state)
{
    struct cs_page page = {.n = 6};
    bool more;
    (void)state;

    assert_int_equal(page_n(0), 21);
    assert_int_equal(page_n(5), 6);
    assert_int_equal(page_n(100), 101);
    assert_int_equal(page_n(101), 21);
    assert_int_equal(page_n(-1), 21);
    assert_int_equal(cs_page_shown(&page, 6, &more), 5);
    assert_true(more);
    assert_int_equal(cs_page_shown(&page, 5, &more), 5);
    assert_false(more);
}

static void a_cursor_is_a_place(void **state)
{
    struct cs_call call = {.arena = &arena};
    struct cs_page page;
    (void)state;

    assert_int_equal(cs_page_of(&call, 0, cs_pg_cursor(&arena, 1732150000678, ID), &page), 0);
    assert_true(page.after);
    assert_int_equal(page.ms, 1732150000678);
    assert_string_equal(page.id, ID);
    assert_int_equal(cs_page_of(&call, 0, "", &page), 0);
    assert_false(page.after);
    assert_true(cs_page_of(&call, 0, "not one of ours", &page) < 0);
    assert_int_equal(call.status, CS_INVALID);
}

static void a_page_fits(void **state)
{
    Message *items[10];
    char *text = cs_alloc(&arena, 100 * 1024 + 1);
    (void)state;

    memset(text, 'x', 100 * 1024);
    for (size_t i = 0; i < 10; i++) {
        items[i] = Message_new(&arena);
        items[i]->content = cs_strdup(&arena, "short");
    }
    assert_int_equal(cs_page_fit((ProtobufCMessage *const *)items, 10, 4), 4);
    assert_int_equal(cs_page_fit((ProtobufCMessage *const *)items, 10, 20), 10);
    assert_int_equal(cs_page_fit((ProtobufCMessage *const *)items, 0, 20), 0);
    for (size_t i = 0; i < 10; i++)
        items[i]->content = text;
    assert_int_equal(cs_page_fit((ProtobufCMessage *const *)items, 10, 10), 3);
}

static void one_large_item_is_a_page(void **state)
{
    Message *item = Message_new(&arena);
    (void)state;

    item->content = cs_alloc(&arena, CS_PAGE_BYTES + 2);
    memset(item->content, 'x', CS_PAGE_BYTES + 1);
    assert_int_equal(cs_page_fit((ProtobufCMessage *const *)&item, 1, 10), 1);
}

static int set_up(void **state)
{
    (void)state;
    return cs_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_is_read),
        cmocka_unit_test(a_cursor_is_a_place),
        cmocka_unit_test(a_page_fits),
        cmocka_unit_test(one_large_item_is_a_page),
    };
    return test_run_with(tests, set_up, NULL);
}
