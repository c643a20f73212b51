#pragma once
/*
 * limit: how often a principal, its tenant, an address or its network may ask, as token buckets in
 * memory of this process.
 *
 *     wait = limit_take(l, LIMIT_AUTH, address, now);              before what costs one
 *
 *     wait = limit_wait(l, LIMIT_UNKNOWN_KEY, address, now);       before what may cost one ...
 *     limit_charge(l, LIMIT_UNKNOWN_KEY, address, now);            ... and after, when it did
 *
 * The table has a fixed size; where it is full the bucket that rested longest gives way, and that
 * one has refilled the most. Any thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum limit_class {
    LIMIT_NONE,
    LIMIT_AUTH,        /* 20 a minute by address */
    LIMIT_READ,        /* 1200 a minute by principal */
    LIMIT_WRITE,       /* 300 */
    LIMIT_CHAT,        /* 120 */
    LIMIT_PUBLIC,      /* 20 a minute and 200 a day by address */
    LIMIT_UNKNOWN_KEY, /* API keys that do not exist: 60 a minute by address */
    LIMIT_ACCOUNT,     /* sign-ins with one name, from any address: 30 a minute */
    /* the wide ones: a tenant with all its keys and members, or an IPv6 /48 */
    LIMIT_AUTH_WIDE,        /* 100 a minute */
    LIMIT_READ_WIDE,        /* 6000 */
    LIMIT_WRITE_WIDE,       /* 1500 */
    LIMIT_CHAT_WIDE,        /* 600 */
    LIMIT_PUBLIC_WIDE,      /* 100 a minute and 1000 a day */
    LIMIT_UNKNOWN_KEY_WIDE, /* 300 a minute */
    LIMIT_CLASSES,
};

/* The class in which a tenant or a network counts beside its members; LIMIT_NONE: none. */
enum limit_class limit_wide(enum limit_class c);

struct limits;

struct limits *limits_new(long factor); /* multiplies every rate; 0 switches limits off */
void limits_free(struct limits *l);

/* Takes one. 0, or the milliseconds to wait until there is one again. */
int64_t limit_take(struct limits *l, enum limit_class c, const char *who, int64_t now_ms);
/* The same, but takes none. */
int64_t limit_wait(struct limits *l, enum limit_class c, const char *who, int64_t now_ms);
/* The number of requests that one may make in a minute and in a day. False: limits are switched off. */
bool limit_rates(const struct limits *l, enum limit_class c, int64_t *ret_minute, int64_t *ret_day);
/* Of a limit that has just refused: limited_minute or limited_day, the code of the problem. */
const char *limit_code(struct limits *l, enum limit_class c, const char *who, int64_t now_ms);
/* Takes one even when there is none: a debt, of no more than the bucket holds. */
void limit_charge(struct limits *l, enum limit_class c, const char *who, int64_t now_ms);
