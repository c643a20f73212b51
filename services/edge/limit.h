#pragma once
/*
 * limit: how often one principal or address may ask, as token buckets in memory of this process.
 *
 * The table has a fixed size; where it is full the bucket that rested longest gives way, and that
 * one has refilled the most. Any thread.
 */
#include <stdint.h>

enum limit_class {
    LIMIT_NONE,
    LIMIT_AUTH,   /* 20 a minute by address */
    LIMIT_READ,   /* 1200 a minute by principal */
    LIMIT_WRITE,  /* 300 */
    LIMIT_CHAT,   /* 120 */
    LIMIT_PUBLIC, /* 20 a minute and 200 a day by address */
    LIMIT_CLASSES,
};

struct limits;

struct limits *limits_new(long factor); /* multiplies every rate; 0 switches limits off */
void limits_free(struct limits *l);

/* Takes one. 0, or the milliseconds to wait until there is one again. */
int64_t limit_take(struct limits *l, enum limit_class c, const char *who, int64_t now_ms);
