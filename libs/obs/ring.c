/* Sequence numbers per slot, after Dmitry Vyukov's bounded queue. */
#include "obs/ring.h"

void cs_ring_init(struct cs_ring *r)
{
    for (size_t i = 0; i < CS_RING_SIZE; i++)
        atomic_store(&r->slots[i].turn, i);
    atomic_store(&r->head, 0);
    r->tail = 0;
}

/* turn == position: free for it; position + 1: filled; position + size: free for the next round */
bool cs_ring_put(struct cs_ring *r, void *item)
{
    size_t at = atomic_load_explicit(&r->head, memory_order_relaxed);

    for (;;) {
        size_t i = at & (CS_RING_SIZE - 1);
        size_t turn = atomic_load_explicit(&r->slots[i].turn, memory_order_acquire);
        if (turn == at) {
            if (!atomic_compare_exchange_weak_explicit(&r->head, &at, at + 1, memory_order_relaxed,
                                                       memory_order_relaxed))
                continue;
            r->slots[i].item = item;
            atomic_store_explicit(&r->slots[i].turn, at + 1, memory_order_release);
            return true;
        }
        if (turn < at)
            return false;
        at = atomic_load_explicit(&r->head, memory_order_relaxed);
    }
}

void *cs_ring_take(struct cs_ring *r)
{
    size_t i = r->tail & (CS_RING_SIZE - 1);
    void *item;

    if (atomic_load_explicit(&r->slots[i].turn, memory_order_acquire) != r->tail + 1)
        return NULL;
    item = r->slots[i].item;
    atomic_store_explicit(&r->slots[i].turn, r->tail + CS_RING_SIZE, memory_order_release);
    r->tail++;
    return item;
}
