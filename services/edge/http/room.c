/* An atomic count with a ceiling; the gauge follows it. */
#include "edge/http/room.h"

#include "obs/metrics.h"

bool room_enter(struct room *r)
{
    if (++r->n > r->max) {
        r->n--;
        cs_metric_add(cs_counter(r->refused, NULL, r->because), 1);
        return false;
    }
    cs_metric_add(cs_gauge(r->gauge, NULL, r->help), 1);
    return true;
}

void room_leave(struct room *r)
{
    r->n--;
    cs_metric_add(cs_gauge(r->gauge, NULL, r->help), -1);
}

bool room_half_full(const struct room *r)
{
    return r->n >= r->max / 2;
}
