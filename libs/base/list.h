#pragma once
/* List: an intrusive ring. A head or an unlinked node points to itself; a zeroed node is unlinked. */
#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

#define LIST_OF(ptr_, type_, member_) ((type_ *)((char *)(ptr_)-offsetof(type_, member_)))

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline bool list_linked(const struct list *n)
{
    return n->next && n->next != n;
}

/* at the end */
static inline void list_add(struct list *head, struct list *n)
{
    n->prev = head->prev;
    n->next = head;
    head->prev->next = n;
    head->prev = n;
}

static inline void list_remove(struct list *n)
{
    if (!n->next)
        return;
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}

/* all of `from` to the end of `to`, in their order */
static inline void list_move(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}
