#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat/page.h"
#include "crypto/crypto.h"
#include "pg/pg.h"

#include <string.h>

#define ID "0190a000-0000-7000-8000-000000000001"

static struct cs_arena a;

static int set_up(void **state)
{
    (void)state;
    cs_arena_init(&a);
    return cs_crypto_init();
}

static int tear_down(void **state)
{
    (void)state;
    cs_arena_dispose(&a);
    return 0;
}

static int place(const char *cursor, bool *ret_after, struct store_place *ret)
{
    struct cs_call call = {.arena = &a};
    int r = page_place(&call, cursor, ret_after, ret);

    assert_int_equal(call.status, r < 0 ? CS_INVALID : 0);
    return r;
}

static void test_own_cursor(void **state)
{
    struct store_place p;
    bool after;
    (void)state;

    assert_int_equal(place(NULL, &after, &p), 0);
    assert_false(after);
    assert_int_equal(place(cs_pg_cursor(&a, 1732150000678, ID), &after, &p), 0);
    assert_true(after);
    assert_int_equal(p.n, 1732150000678);
    assert_string_equal(p.id, ID);
}

/* nothing that PostgreSQL would choke on comes through */
static void test_foreign_cursors(void **state)
{
    const char *const bad[] = {
        "",
        "x",
        "not a cursor",
        cs_pg_cursor(&a, 1, "not-a-uuid"),
        cs_pg_cursor(&a, -5, ID),
        cs_pg_cursor(&a, INT64_MAX, ID),
        cs_base64url(&a, "12", 2),
        cs_base64url(&a, "x," ID, 2 + strlen(ID)),
    };
    struct store_place p;
    bool after;
    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (place(bad[i], &after, &p) >= 0)
            fail_msg("cursor %zu was taken", i);
    }
}

static void test_fit(void **state)
{
    Message *items[10];
    char *text = cs_alloc(&a, 100 * 1024 + 1);
    (void)state;

    memset(text, 'x', 100 * 1024);
    for (size_t i = 0; i < 10; i++) {
        items[i] = Message_new(&a);
        items[i]->content = cs_strdup(&a, "short");
    }
    assert_int_equal(page_fit((ProtobufCMessage *const *)items, 10, 4), 4);
    assert_int_equal(page_fit((ProtobufCMessage *const *)items, 10, 20), 10);
    assert_int_equal(page_fit((ProtobufCMessage *const *)items, 0, 20), 0);
    for (size_t i = 0; i < 10; i++)
        items[i]->content = text;
    assert_int_equal(page_fit((ProtobufCMessage *const *)items, 10, 10), 3);
}

static void test_one_large_item_is_a_page(void **state)
{
    Message *item = Message_new(&a);
    (void)state;

    item->content = cs_alloc(&a, PAGE_BYTES + 2);
    memset(item->content, 'x', PAGE_BYTES + 1);
    assert_int_equal(page_fit((ProtobufCMessage *const *)&item, 1, 10), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_cursor),
        cmocka_unit_test(test_foreign_cursors),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_one_large_item_is_a_page),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
