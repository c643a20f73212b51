#pragma once
/*
 * address: who is at the other end, as a numeric address. X-Forwarded-For is believed only as far
 * as it was written by a listed proxy: the client is the last entry that is none of them.
 */
#include "base/arena.h"

#include <stdbool.h>

enum { ADDRESS_PROXIES = 64 };

struct address_net {
    unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    int bits;
};

struct address_proxies {
    struct address_net nets[ADDRESS_PROXIES];
    int n;
};

/* Whether it is a numeric address or network, such as 10.0.0.1, 10.0.0.0/8 or fc00::/7. */
bool address_net_valid(const char *word);

/* list: addresses or networks (10.0.0.0/8), comma or space separated, or NULL. False: malformed. */
bool address_proxies_init(struct address_proxies *p, const char *list);

/* forwarded_for may be NULL. The result is peer or in the arena. */
const char *address_client(struct cs_arena *a, const struct address_proxies *p, const char *peer,
                           const char *forwarded_for);

/* Whether the client's connection is https: a listed proxy says so. forwarded_proto may be NULL. */
bool address_secure(const struct address_proxies *p, const char *peer, const char *forwarded_proto);

/* What limits count by: the address, or the /64 of an IPv6 one, which one person owns whole. */
const char *address_limit_key(struct cs_arena *a, const char *address);
/* The /48 of an IPv6 address, which one customer of a provider may own whole; NULL for IPv4. */
const char *address_limit_network(struct cs_arena *a, const char *address);
