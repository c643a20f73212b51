/* Times of calls, and those that failed. */
#include "fairness.h"

#include <stdio.h>
#include <stdlib.h>

static int samples_compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

void samples_add(struct samples *s, int64_t ms)
{
    long *more = realloc(s->ms, (s->n + 1) * sizeof(*more));

    if (!more)
        abort();
    s->ms = more;
    s->ms[s->n++] = (long)ms;
}

void samples_fail(struct samples *s, const char *what, const struct tc_reply *r)
{
    if (s->failed++ == 0)
        snprintf(s->first_failure, sizeof(s->first_failure), "%s: %ld %s %.160s", what, r->status,
                 r->error, r->body.data ? r->body.data : "");
}

long samples_percentile(struct samples *s, int percent)
{
    if (s->n == 0)
        return 0;
    qsort(s->ms, s->n, sizeof(*s->ms), samples_compare);
    return s->ms[(s->n * (size_t)percent + 99) / 100 - 1];
}

void samples_free(struct samples *s)
{
    free(s->ms);
    *s = (struct samples){0};
}
