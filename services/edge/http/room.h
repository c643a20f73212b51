#pragma once
/*
 * room: how many of one thing the whole process holds, all loops together, with a ceiling and two metrics.
 *
 * The owner of the thing has one static struct room, enters it before it makes one and leaves it when that has ended.
 * Any thread.
 */
#include <stdbool.h>

struct room {
    int max;
    const char *gauge, *help;      /* how many there are */
    const char *refused, *because; /* how often there was no place */
    _Atomic int n;
};

bool room_enter(struct room *r); /* false: it is full */
void room_leave(struct room *r);
bool room_half_full(const struct room *r);
