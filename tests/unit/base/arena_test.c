/* Blocks of an arena: zeroed, aligned, reused, and never overlapping. */
#include "test.h"

/* none of its memory is used yet */
static int set_up(void **state)
{
    (void)state;
    cs_arena_dispose(&arena);
    cs_arena_init(&arena);
    return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t size = 1; size < 100; size++) {
        unsigned char *p = cs_alloc(&arena, size);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
}

static void reset_gives_zeroed_memory_again(void **state)
{
    (void)state;
    memset(cs_alloc(&arena, 4000), 0xff, 4000);
    cs_arena_reset(&arena);
    unsigned char *p = cs_alloc(&arena, 4000);
    for (size_t i = 0; i < 4000; i++)
        assert_int_equal(p[i], 0);
}

static void reset_uses_the_same_block(void **state)
{
    (void)state;
    void *first = cs_alloc(&arena, 16);
    cs_alloc(&arena, 100 * 1000);
    cs_alloc(&arena, 100 * 1000);
    cs_arena_reset(&arena);
    assert_ptr_equal(cs_alloc(&arena, 16), first);
}

static void large_and_small_do_not_overlap(void **state)
{
    (void)state;
    char *small = cs_strdup(&arena, "small");
    char *large = cs_alloc(&arena, 1000 * 1000);
    char *after = cs_strdup(&arena, "after");

    memset(large, 'x', 1000 * 1000);
    assert_string_equal(small, "small");
    assert_string_equal(after, "after");
}

static void strings_are_copies(void **state)
{
    char text[] = "text";
    (void)state;

    char *copy = cs_strdup(&arena, text);
    text[0] = 'n';
    assert_string_equal(copy, "text");
    assert_null(cs_strdup(&arena, NULL));
}

static void strndup_takes_the_lesser(void **state)
{
    static const char unterminated[3] = {'a', 'b', 'c'};
    (void)state;

    assert_string_equal(cs_strndup(&arena, unterminated, 3), "abc");
    assert_string_equal(cs_strndup(&arena, "ab", 10), "ab");
    assert_string_equal(cs_strndup(&arena, "ab", 0), "");
}

static void printf_fits_what_is_printed(void **state)
{
    char *padded;
    (void)state;

    assert_string_equal(cs_printf(&arena, "%s-%d", "a", 7), "a-7");
    padded = cs_printf(&arena, "%50000d", 7);
    assert_int_equal(strlen(padded), 50000);
}

/* whatever allocates, each byte is counted once, rounded to the alignment */
static void bytes_are_counted(void **state)
{
    (void)state;
    cs_alloc(&arena, 1);
    assert_int_equal(arena.bytes, 16);
    cs_strdup(&arena, "seventeen bytes..");
    assert_int_equal(arena.bytes, 48);
    cs_printf(&arena, "%d", 7);
    assert_int_equal(arena.bytes, 64);
    cs_printf(&arena, "%50000d", 7);
    assert_int_equal(arena.bytes, 64 + 50016);
    cs_arena_reset(&arena);
    assert_int_equal(arena.bytes, 0);
}

static void a_ceiling_marks_and_never_aborts(void **state)
{
    (void)state;
    arena.ceiling = 1000;
    assert_non_null(cs_try_alloc(&arena, 992));
    assert_false(arena.exceeded);
    assert_null(cs_try_alloc(&arena, 9));
    assert_true(arena.exceeded);
    assert_int_equal(arena.bytes, 992);

    cs_arena_reset(&arena);
    assert_false(arena.exceeded);
    assert_null(cs_try_alloc(&arena, SIZE_MAX));
    cs_arena_reset(&arena);
    memset(cs_alloc(&arena, 5000), 1, 5000); /* an answer can still be made */
    assert_true(arena.exceeded);
    assert_null(cs_try_alloc(&arena, 1));
    assert_string_equal(cs_printf(&arena, "%s", "said"), "said");
    assert_int_equal(arena.ceiling, 1000);
}

static void dispose_twice_is_fine(void **state)
{
    struct cs_arena a;
    (void)state;

    cs_arena_init(&a);
    cs_arena_dispose(&a);
    assert_null(a.head);
    cs_arena_dispose(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(memory_is_zeroed_and_aligned, set_up),
        cmocka_unit_test_setup(reset_gives_zeroed_memory_again, set_up),
        cmocka_unit_test_setup(reset_uses_the_same_block, set_up),
        cmocka_unit_test_setup(large_and_small_do_not_overlap, set_up),
        cmocka_unit_test_setup(strings_are_copies, set_up),
        cmocka_unit_test_setup(strndup_takes_the_lesser, set_up),
        cmocka_unit_test_setup(printf_fits_what_is_printed, set_up),
        cmocka_unit_test_setup(bytes_are_counted, set_up),
        cmocka_unit_test_setup(a_ceiling_marks_and_never_aborts, set_up),
        cmocka_unit_test(dispose_twice_is_fine),
    };
    return test_run(tests);
}
