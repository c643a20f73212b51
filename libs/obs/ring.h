#pragma once
/*
 * ring: a bounded queue of pointers from any thread to one, without a lock.
 *
 * Each slot has a turn that says who may use it next: a writer that finds it taken gives up, so
 * putting never waits; the reader sees what was put in the order of the turns. `struct cs_ring r`
 * of static storage with cs_ring_init() once.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { CS_RING_SIZE = 4096 }; /* a power of two */

struct cs_ring {
    struct {
        atomic_size_t turn;
        void *item;
    } slots[CS_RING_SIZE];
    atomic_size_t head; /* writers */
    size_t tail;        /* the reader */
};

void cs_ring_init(struct cs_ring *r);
bool cs_ring_put(struct cs_ring *r, void *item); /* false: full */
void *cs_ring_take(struct cs_ring *r);           /* NULL: empty; one thread only */
