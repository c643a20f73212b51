/* Three passes: who is too slow or has had the time, the budget of each address, those of all. */
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

static int by_peer(const void *va, const void *vb)
{
    const struct parked *a = va, *b = vb;

    return a->peer != b->peer ? (a->peer > b->peer) - (a->peer < b->peer) : by_rate(va, vb);
}

/* what counts for the budgets of strangers */
static size_t parked_held(const struct parked *p)
{
    return !p->cut && !p->trusted && p->got > PARKED_FREE ? p->got : 0;
}

/* cuts from the beginning of p[n] until the strangers in it hold no more than budget */
static void parked_fit(struct parked *p, size_t n, size_t budget)
{
    size_t held = 0;

    for (size_t i = 0; i < n; i++)
        held += parked_held(&p[i]);
    for (size_t i = 0; i < n && held > budget; i++) {
        size_t bytes = parked_held(&p[i]);
        held -= bytes;
        p[i].cut = p[i].cut || bytes;
    }
}

static void parked_thin(struct parked *p, size_t n)
{
    size_t large = 0;

    for (size_t i = 0; i < n; i++)
        large += !p[i].cut && p[i].got > PARKED_LARGE;
    for (size_t i = 0; i < n && large > PARKED_LARGE_MAX; i++) {
        if (p[i].cut || p[i].got <= PARKED_LARGE)
            continue;
        p[i].cut = true;
        large--;
    }
}

void parked_judge(struct parked *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool stranger = !p[i].trusted && p[i].got > PARKED_FREE;
        p[i].cut = (stranger && p[i].waited_ms > PARKED_STRANGER_MS) ||
                   (p[i].waited_ms > PARKED_PATIENCE_MS &&
                    p[i].lately < (size_t)PARKED_PACE * PARKED_WINDOW_S);
    }
    if (n == 0)
        return;
    qsort(p, n, sizeof(*p), by_peer);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && p[to].peer == p[from].peer; to++)
            ;
        parked_fit(p + from, to - from, PARKED_BY_ADDRESS);
    }
    qsort(p, n, sizeof(*p), by_rate);
    parked_fit(p, n, PARKED_STRANGERS);
    parked_thin(p, n);
}
