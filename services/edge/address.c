/* Numeric addresses as 16 bytes, compared with networks by their prefix. */
#include "edge/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool address_parse(const char *text, unsigned char out[16])
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (inet_pton(AF_INET6, text, out) == 1)
        return true;
    memcpy(out, mapped, sizeof(mapped));
    return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool address_is_v4(const unsigned char a[16])
{
    return IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)a);
}

static bool address_trusted(const struct address_proxies *p, const char *text)
{
    unsigned char a[16];

    if (!address_parse(text, a))
        return false;
    for (int i = 0; i < p->n; i++) {
        const struct address_net *net = &p->nets[i];
        int whole = net->bits / 8, rest = net->bits % 8;

        if (memcmp(net->bytes, a, (size_t)whole) == 0 &&
            (rest == 0 || ((net->bytes[whole] ^ a[whole]) >> (8 - rest)) == 0))
            return true;
    }
    return false;
}

static bool address_net_add(struct address_proxies *p, char *word)
{
    struct address_net *net = &p->nets[p->n];
    char *slash = strchr(word, '/'), *end = NULL;

    if (slash)
        *slash++ = 0;
    if (p->n == ADDRESS_PROXIES || !address_parse(word, net->bytes))
        return false;
    int most = address_is_v4(net->bytes) ? 32 : 128;
    long bits = slash ? strtol(slash, &end, 10) : most;
    if ((slash && (end == slash || *end)) || bits < 0 || bits > most)
        return false;
    net->bits = (int)bits + 128 - most;
    p->n++;
    return true;
}

bool address_net_valid(const char *word)
{
    struct address_proxies one = {.n = 0};
    char copy[64];

    return (size_t)snprintf(copy, sizeof(copy), "%s", word) < sizeof(copy) &&
           address_net_add(&one, copy);
}

bool address_proxies_init(struct address_proxies *p, const char *list)
{
    char *copy = list ? strdup(list) : NULL, *rest = copy, *word;
    bool ok = true;

    *p = (struct address_proxies){0};
    while (ok && (word = strsep(&rest, ", \t\n")) != NULL)
        ok = !*word || address_net_add(p, word);
    free(copy);
    return ok;
}

const char *address_client(struct cs_arena *a, const struct address_proxies *p, const char *peer,
                           const char *forwarded_for)
{
    const char *client = peer;
    char *list = cs_strdup(a, forwarded_for);
    unsigned char bytes[16];

    while (list && address_trusted(p, client)) {
        char *comma = strrchr(list, ',');
        char *entry = comma ? comma + 1 : list;
        entry += strspn(entry, " \t");
        entry[strcspn(entry, " \t")] = 0;
        if (!address_parse(entry, bytes))
            break;
        client = entry;
        if (!comma)
            break;
        *comma = 0;
    }
    return client;
}

bool address_secure(const struct address_proxies *p, const char *peer, const char *forwarded_proto)
{
    /* the first proxy of several writes the first word */
    return forwarded_proto && address_trusted(p, peer) &&
           strcspn(forwarded_proto, ", \t") == strlen("https") &&
           strncasecmp(forwarded_proto, "https", strlen("https")) == 0;
}

const char *address_limit_key(struct cs_arena *a, const char *address)
{
    unsigned char b[16];

    if (!address_parse(address, b) || address_is_v4(b))
        return address;
    return cs_printf(a, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", b[0], b[1], b[2], b[3], b[4],
                     b[5], b[6], b[7]);
}

const char *address_limit_network(struct cs_arena *a, const char *address)
{
    unsigned char b[16];

    if (!address_parse(address, b) || address_is_v4(b))
        return NULL;
    return cs_printf(a, "%02x%02x:%02x%02x:%02x%02x::/48", b[0], b[1], b[2], b[3], b[4], b[5]);
}
