/* Three passes: the time and pace of each, the budgets of each share, those of the process. */
#include "edge/http/parked.h"

#include <stdlib.h>

/* bytes a second: a newcomer is measured by the time it has had */
static int64_t parked_rate(const struct parked *p)
{
    int64_t ms = p->waited_ms < PARKED_WINDOW_S * 1000 ? p->waited_ms : PARKED_WINDOW_S * 1000;

    return (int64_t)p->lately * 1000 / (ms > 1000 ? ms : 1000);
}

static int int64_compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* the slowest first; of equals the one that has waited longest */
static int by_rate(const void *va, const void *vb)
{
    const struct parked *a = va, *b = vb;
    int c = int64_compare(parked_rate(a), parked_rate(b));

    return c ? c : int64_compare(b->waited_ms, a->waited_ms);
}

static int by_share(const void *va, const void *vb)
{
    const struct parked *a = va, *b = vb;

    return a->share != b->share ? (a->share > b->share) - (a->share < b->share) : by_rate(va, vb);
}

size_t parked_held(const struct parked *p)
{
    return p->trusted && p->got > HTTP_LARGE ? 0 : p->got;
}

static size_t stranger_weight(const struct parked *p)
{
    return !p->trusted && p->got > HTTP_SMALL ? parked_held(p) : 0;
}

static size_t known_weight(const struct parked *p)
{
    return p->trusted ? parked_held(p) : 0;
}

static size_t large_weight(const struct parked *p)
{
    return p->got > HTTP_LARGE;
}

static const struct budget {
    size_t (*weight)(const struct parked *p);
    size_t share, all;
} budgets[] = {
    {stranger_weight, PARKED_STRANGER_SHARE, PARKED_STRANGER_BYTES},
    {known_weight, PARKED_KNOWN_SHARE, PARKED_KNOWN_BYTES},
    {large_weight, PARKED_LARGE_SHARE, PARKED_LARGE_MAX},
};
enum { N_BUDGETS = sizeof(budgets) / sizeof(budgets[0]) };

/* Cuts from the beginning of p[n] until those that stay weigh no more than `most`. */
static void parked_fit(struct parked *p, size_t n, size_t (*weight)(const struct parked *p),
                       size_t most, enum parked_verdict beyond)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += p[i].verdict == PARKED_STAYS ? weight(&p[i]) : 0;
    for (size_t i = 0; i < n && sum > most; i++) {
        size_t one = p[i].verdict == PARKED_STAYS ? weight(&p[i]) : 0;
        if (one)
            p[i].verdict = beyond;
        sum -= one;
    }
}

void parked_judge(struct parked *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool stranger = !p[i].trusted && p[i].got > HTTP_SMALL;
        bool slow = p[i].waited_ms > PARKED_PATIENCE_MS &&
                    p[i].lately < (size_t)PARKED_PACE * PARKED_WINDOW_S;
        bool late = stranger && p[i].waited_ms > PARKED_STRANGER_MS;
        p[i].verdict = slow || late ? PARKED_SLOW : PARKED_STAYS;
    }
    if (n == 0)
        return;
    qsort(p, n, sizeof(*p), by_share);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && p[to].share == p[from].share; to++)
            ;
        for (int b = 0; b < N_BUDGETS; b++)
            parked_fit(p + from, to - from, budgets[b].weight, budgets[b].share, PARKED_SHARE);
    }
    qsort(p, n, sizeof(*p), by_rate);
    for (int b = 0; b < N_BUDGETS; b++)
        parked_fit(p, n, budgets[b].weight, budgets[b].all, PARKED_FULL);
}
