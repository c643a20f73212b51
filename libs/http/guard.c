/* Networks that are not public, and the operator's list of exceptions. */
#include "http/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    uint32_t net;
    int bits;
} not_public[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared with the carrier */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local: cloud metadata */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* 6to4 relays */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 3},  /* multicast, reserved, broadcast */
};

static bool v4_public(uint32_t addr)
{
    for (size_t i = 0; i < sizeof(not_public) / sizeof(*not_public); i++)
        if ((addr ^ not_public[i].net) >> (32 - not_public[i].bits) == 0)
            return false;
    return true;
}

static uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool v6_public(const uint8_t a[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

    if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
        return v4_public(read_be32(a + 12));
    if ((a[0] & 0xe0) != 0x20) /* only 2000::/3 is handed out */
        return false;
    if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
        return v4_public(read_be32(a + 2));
    if (a[0] == 0x20 &&
        a[1] == 0x01) /* teredo and other special uses below 2001:200::, documentation */
        return a[2] >= 0x02 && !(a[2] == 0x0d && a[3] == 0xb8);
    return true;
}

bool cs_guard_public(const struct sockaddr *addr)
{
    if (addr->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, addr, sizeof(in));
        return v4_public(ntohl(in.sin_addr.s_addr));
    }
    if (addr->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, addr, sizeof(in6));
        return v6_public(in6.sin6_addr.s6_addr);
    }
    return false;
}

/* one host:port of the list, at *p; false at the end */
static bool entry_next(const char **p, const char **ret, size_t *ret_len)
{
    *p += strspn(*p, ", \t\n");
    *ret = *p;
    *ret_len = strcspn(*p, ", \t\n");
    *p += *ret_len;
    return *ret_len > 0;
}

static bool list_has(const char *list, const char *name, int port)
{
    const char *entry;
    size_t len;
    size_t name_len = strlen(name);
    char tail[16];
    int tail_len = snprintf(tail, sizeof(tail), ":%d", port);

    while (entry_next(&list, &entry, &len))
        if (len == name_len + (size_t)tail_len && strncasecmp(entry, name, name_len) == 0 &&
            memcmp(entry + name_len, tail, (size_t)tail_len) == 0)
            return true;
    return false;
}

bool cs_guard_allows(const char *list, const char *host, const struct sockaddr *addr)
{
    char number[INET6_ADDRSTRLEN + 2] = "";
    int port = 0;

    if (cs_guard_public(addr))
        return true;
    if (!list)
        return false;
    if (addr->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, addr, sizeof(in));
        inet_ntop(AF_INET, &in.sin_addr, number, sizeof(number));
        port = ntohs(in.sin_port);
    } else if (addr->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        char text[INET6_ADDRSTRLEN];
        memcpy(&in6, addr, sizeof(in6));
        inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
        snprintf(number, sizeof(number), "[%s]", text);
        port = ntohs(in6.sin6_port);
    }
    return port && (list_has(list, number, port) || list_has(list, host, port));
}

static bool host_is_local(const char *host)
{
    static const char local[] = "localhost";
    size_t n = strlen(host), len = sizeof(local) - 1;

    if (n > 0 && host[n - 1] == '.')
        n--;
    return n >= len && strncasecmp(host + n - len, local, len) == 0 &&
           (n == len || host[n - len - 1] == '.');
}

bool cs_guard_allows_host(const char *list, const char *host, int port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    char plain[INET6_ADDRSTRLEN];
    const char *from = host + (*host == '[');
    size_t n = strcspn(from, "]");

    snprintf(plain, sizeof(plain), "%.*s", n < sizeof(plain) ? (int)n : 0, from);
    if (inet_pton(AF_INET6, plain, &v6.sin6_addr) == 1)
        return cs_guard_allows(list, host, (const struct sockaddr *)&v6);
    if (host_is_local(host))
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (inet_pton(AF_INET, plain, &v4.sin_addr) != 1)
        return true;
    return cs_guard_allows(list, host, (const struct sockaddr *)&v4);
}

bool cs_guard_list_valid(const char *list)
{
    const char *entry;
    size_t len;

    while (list && entry_next(&list, &entry, &len)) {
        const char *colon = memrchr(entry, ':', len);
        char *end;
        if (!colon || colon == entry)
            return false;
        long port = strtol(colon + 1, &end, 10);
        if (end != entry + len || port < 1 || port > 65535)
            return false;
    }
    return true;
}
