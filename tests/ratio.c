/* A parser is run with an input and with one of eight times as many pieces, and what it costs is compared. */
#include "ratio.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    BYTES = 16 * 1024,
    ROUNDS_MAX = 8,
    HALVES =
        3, /* between two sizes the input may leave a cache of the processor, but not between all */
    ONCE_BYTES = 1024, /* of the arena, whatever the input */
};

struct cost {
    size_t bytes, work;
    int64_t ns;
};

static int64_t thread_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static char *input_make(const struct ratio *r, size_t times, size_t *ret_len)
{
    const char *head = r->head ? r->head : "", *tail = r->tail ? r->tail : "";
    size_t n_head = strlen(head), n_piece = strlen(r->piece), n_tail = strlen(tail);
    char *text = malloc(n_head + times * n_piece + n_tail + 1), *at = text;

    assert_non_null(text);
    at = mempcpy(at, head, n_head);
    for (size_t i = 0; i < times; i++)
        at = mempcpy(at, r->piece, n_piece);
    at = mempcpy(at, tail, n_tail);
    *at = '\0';
    *ret_len = (size_t)(at - text);
    return text;
}

/* one run; the time becomes the least of all so far */
static void cost_add(const struct ratio *r, const char *text, size_t len, struct cost *c)
{
    char *data = malloc(len + 1);
    struct cs_arena a;

    assert_non_null(data);
    memcpy(data, text, len + 1);
    cs_arena_init(&a);
    c->work = 0;
    int64_t began = thread_ns();
    r->parse(&a, data, len, &c->work);
    int64_t ns = thread_ns() - began;
    if (c->ns == 0 || ns < c->ns)
        c->ns = ns;
    c->bytes = a.bytes;
    cs_arena_dispose(&a);
    free(data);
}

static void ratio_fail(const struct ratio *r, const char *what, double n, double many)
{
    print_error("%s: 8 times the input takes %.1f times the %s (%.0f, %.0f)\n", r->name, many / n,
                what, n, many);
    fail();
}

/* Both costs, the time as the least of some runs while it is above the ratio. */
static void ratio_measure(const struct ratio *r, size_t times, struct cost *one, struct cost *eight)
{
    size_t len, many_len;
    char *text = input_make(r, times, &len), *many = input_make(r, RATIO_TIMES * times, &many_len);

    *one = *eight = (struct cost){0};
    for (int i = 0; i < ROUNDS_MAX && (i == 0 || eight->ns > RATIO_MOST * one->ns); i++) {
        cost_add(r, text, len, one);
        cost_add(r, many, many_len, eight);
    }
    free(text);
    free(many);
}

void ratio_check(const struct ratio *r)
{
    size_t times = (r->bytes ? r->bytes : BYTES) / strlen(r->piece);
    struct cost one, eight;

    ratio_measure(r, times, &one, &eight);
    if (eight.bytes > RATIO_MOST * one.bytes + ONCE_BYTES)
        ratio_fail(r, "bytes", (double)one.bytes, (double)eight.bytes);
    if (eight.work > RATIO_MOST * one.work)
        ratio_fail(r, "work", (double)one.work, (double)eight.work);
    for (int half = 0; half < HALVES && eight.ns > RATIO_MOST * one.ns; half++)
        ratio_measure(r, times = times / 2 + 1, &one, &eight);
    if (eight.ns > RATIO_MOST * one.ns)
        ratio_fail(r, "time", (double)one.ns, (double)eight.ns);
}
