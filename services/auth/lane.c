/* The entries are few, so each choice looks at all of them. */
#include "auth/lane.h"

void lane_init(struct lane *l, size_t cap)
{
    *l = (struct lane){.cap = cap < 1 ? 1 : cap > LANE_MAX ? LANE_MAX : cap};
}

/* whether a is served before b; both of one class */
static bool entry_before(const struct lane_entry *a, const struct lane_entry *b)
{
    return a->round != b->round ? a->round < b->round : a->arrival < b->arrival;
}

/* a round after the last one of its flow */
static uint64_t lane_round(const struct lane *l, const struct lane_entry *e)
{
    uint64_t round = l->round[e->attempt.class];

    for (size_t i = 0; i < l->n; i++) {
        const struct lane_entry *other = l->entries[i];

        if (other->attempt.class == e->attempt.class && other->attempt.flow == e->attempt.flow &&
            other->round > round)
            round = other->round;
    }
    return round + 1;
}

/* the place of the first of a class, or of its last; l->n: none waits */
static size_t lane_find(const struct lane *l, enum attempt_class class, bool last)
{
    size_t found = l->n;

    for (size_t i = 0; i < l->n; i++)
        if (l->entries[i]->attempt.class == class &&
            (found == l->n || entry_before(l->entries[i], l->entries[found]) != last))
            found = i;
    return found;
}

static struct lane_entry *lane_remove(struct lane *l, size_t i)
{
    struct lane_entry *e = l->entries[i];

    l->entries[i] = l->entries[--l->n];
    l->of_class[e->attempt.class]--;
    return e;
}

struct lane_entry *lane_offer(struct lane *l, struct lane_entry *e)
{
    enum attempt_class class = e->attempt.class, lowest = ATTEMPT_SUSPECT;
    /* no class fills the lane alone, so that one of another class finds a place */
    size_t share = class == ATTEMPT_SUSPECT ? (l->cap + 1) / 2 : l->cap - l->cap / 4;
    struct lane_entry *leaves = NULL;

    e->round = lane_round(l, e);
    e->arrival = l->arrivals++;
    if (l->of_class[class] >= share || l->n == l->cap) {
        if (l->of_class[class] >= share)
            lowest = class;
        while (lowest > class && l->of_class[lowest] == 0)
            lowest--;
        size_t last = lane_find(l, lowest, true);
        if (last == l->n || (lowest == class && entry_before(l->entries[last], e)))
            return e;
        leaves = lane_remove(l, last);
    }
    l->entries[l->n++] = e;
    l->of_class[class]++;
    return leaves;
}

struct lane_entry *lane_take(struct lane *l, bool suspects)
{
    static const enum attempt_class pattern[] = {ATTEMPT_KNOWN, ATTEMPT_NEW, ATTEMPT_KNOWN};
    enum attempt_class class = ATTEMPT_SUSPECT;
    struct lane_entry *e;

    if (!suspects) {
        class = pattern[l->turn++ % (sizeof(pattern) / sizeof(pattern[0]))];
        if (l->of_class[class] == 0)
            class = class == ATTEMPT_KNOWN ? ATTEMPT_NEW : ATTEMPT_KNOWN;
    }
    if (l->of_class[class] == 0)
        return NULL;
    e = lane_remove(l, lane_find(l, class, false));
    l->round[class] = e->round;
    return e;
}
