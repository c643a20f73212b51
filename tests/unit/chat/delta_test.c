/* The sizes and times of deltas on a clock of the test, and their sum. */
#include "test.h"

#include "base/utf8.h"
#include "chat/delta.h"

static int64_t now;

static int64_t clock_of_test(void)
{
    return now;
}

/* what was emitted */
struct heard {
    struct cs_buf text;
    int n;
    size_t longest, last;
};

static void hear(void *state, const char *text, size_t len)
{
    struct heard *h = state;

    cs_buf_add(&h->text, text, len);
    h->n++;
    h->last = len;
    h->longest = len > h->longest ? len : h->longest;
}

static struct delta delta_of(struct heard *h)
{
    return (struct delta){.emit = hear, .state = h, .clock = clock_of_test};
}

static void done(struct delta *d, struct heard *h)
{
    delta_free(d);
    cs_buf_free(&h->text);
}

static void test_the_first_piece_leaves_at_once(void **state)
{
    struct heard h = {0};
    struct delta d = delta_of(&h);
    (void)state;

    now = 1000;
    delta_add(&d, "one ", 4);
    assert_int_equal(h.n, 1);
    now = 1019;
    delta_add(&d, "two ", 4);
    delta_tick(&d);
    assert_int_equal(h.n, 1);
    now = 1020;
    delta_add(&d, "three", 5);
    assert_int_equal(h.n, 2);
    assert_string_equal(h.text.data, "one two three");

    now = 1039;
    delta_add(&d, "!", 1);
    assert_int_equal(h.n, 2);
    delta_flush(&d);
    assert_int_equal(h.n, 3);
    delta_flush(&d);
    assert_int_equal(h.n, 3);
    done(&d, &h);
}

static void test_a_tick_sends_what_nothing_follows(void **state)
{
    struct heard h = {0};
    struct delta d = delta_of(&h);
    (void)state;

    now = 1000;
    delta_tick(&d);
    delta_add(&d, "a", 1);
    now = 1001;
    delta_add(&d, "b\xC3", 2);
    delta_tick(&d);
    assert_int_equal(h.n, 1);
    now = 1020;
    delta_tick(&d);
    assert_int_equal(h.n, 2);
    assert_string_equal(h.text.data, "ab");
    now = 2000; /* half a character goes on waiting */
    delta_tick(&d);
    assert_int_equal(h.n, 2);
    delta_add(&d, "\xBC", 1);
    assert_int_equal(h.n, 3);
    assert_string_equal(h.text.data, "ab\xC3\xBC");
    done(&d, &h);
}

static int64_t slow_pace(void)
{
    return 125;
}

static void test_a_slower_pace_makes_longer_deltas(void **state)
{
    struct heard h = {0};
    struct delta d = delta_of(&h);
    (void)state;

    d.pace = slow_pace;
    now = 1000;
    delta_add(&d, "one ", 4); /* the first does not wait for it */
    assert_int_equal(h.n, 1);
    for (now = 1031; now < 1125; now += 31)
        delta_add(&d, "more ", 5);
    assert_int_equal(h.n, 1);
    now = 1125;
    delta_tick(&d);
    assert_int_equal(h.n, 2);
    assert_string_equal(h.text.data, "one more more more more ");
    done(&d, &h);
}

static void test_size(void **state)
{
    struct heard h = {0};
    struct delta d = delta_of(&h);
    char text[600];
    (void)state;

    memset(text, 'x', sizeof(text));
    now = 1000;
    delta_add(&d, text, 1);
    assert_int_equal(h.n, 1);
    delta_add(&d, text, DELTA_BYTES - 1);
    assert_int_equal(h.n, 1);
    delta_add(&d, text, 1);
    assert_int_equal(h.n, 2);
    delta_add(&d, text, sizeof(text));
    assert_int_equal(h.n, 4);
    assert_int_equal(h.longest, DELTA_BYTES);
    delta_flush(&d);
    assert_int_equal(h.last, sizeof(text) - 2 * DELTA_BYTES);
    done(&d, &h);
}

/* whatever the pieces: deltas are whole characters, and together they are what was said */
static void test_deltas_are_what_was_said(void **state)
{
    static const char text[] = "Grüße, 世界! 🙂 naïve — ";
    (void)state;

    for (size_t piece = 1; piece < 40; piece++) {
        struct heard h = {0};
        struct delta d = delta_of(&h);
        struct cs_buf all = {0};

        for (int i = 0; i < 40; i++)
            cs_buf_adds(&all, text);
        for (size_t at = 0; at < all.len; at += piece) {
            size_t n = all.len - at < piece ? all.len - at : piece;
            now += 7;
            delta_add(&d, all.data + at, n);
            if (h.text.len > 0)
                assert_int_equal(cs_utf8_cut(h.text.data, h.text.len, h.text.len), h.text.len);
        }
        delta_flush(&d);
        assert_int_equal(h.text.len, all.len);
        assert_string_equal(h.text.data, all.data);
        assert_string_equal(d.whole.data, all.data);
        assert_true(h.longest <= DELTA_BYTES);
        cs_buf_free(&all);
        done(&d, &h);
    }
}

static void test_broken_utf8_is_kept(void **state)
{
    struct heard h = {0};
    struct delta d = delta_of(&h);
    (void)state;

    delta_add(&d, "ab\xE4\xB8", 4);
    delta_flush(&d);
    assert_int_equal(h.text.len, 4);
    assert_memory_equal(h.text.data, "ab\xE4\xB8", 4);
    done(&d, &h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_piece_leaves_at_once),
        cmocka_unit_test(test_a_tick_sends_what_nothing_follows),
        cmocka_unit_test(test_a_slower_pace_makes_longer_deltas),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_deltas_are_what_was_said),
        cmocka_unit_test(test_broken_utf8_is_kept),
    };
    return test_run(tests);
}
