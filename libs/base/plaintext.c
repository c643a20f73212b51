/* Which hosts are this machine, and the message about a connection to another one without TLS. */
#include "base/plaintext.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool cs_host_is_local(const char *host)
{
    char text[INET6_ADDRSTRLEN];
    const char *literal = host;
    struct in6_addr v6;
    struct in_addr v4;

    if (*host == '/' || *host == '@' || strcasecmp(host, "localhost") == 0)
        return true;
    if (*host == '[' && (size_t)snprintf(text, sizeof(text), "%.*s", (int)strcspn(host + 1, "]"),
                                         host + 1) < sizeof(text))
        literal = text;
    if (inet_pton(AF_INET, literal, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, literal, &v6) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

void cs_url_host(const char *url, char *out, size_t size)
{
    const char *scheme_end = strstr(url, "://"), *host = scheme_end ? scheme_end + 3 : url;
    size_t n = *host == '[' ? strcspn(++host, "]") : strcspn(host, ":/");

    snprintf(out, size, "%.*s", (int)n, host);
}

bool cs_plaintext_allowed(const char *setting, const char *host, const char *remedy)
{
    const char *mode = cs_env("PLAINTEXT");

    if (cs_host_is_local(host) || (mode && strcmp(mode, "allow") == 0))
        return true;
    fprintf(stderr,
            "CHATSPHERE_%s: the connection to \"%s\" would not be encrypted; %s, or set "
            "CHATSPHERE_PLAINTEXT to allow\n",
            setting, host, remedy);
    return false;
}
