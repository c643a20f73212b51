/* The hosts and the sslmode of a connection, as libpq will read them. */
#include "pg/tls.h"

#include "base/plaintext.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *option_value(const PQconninfoOption *options, const char *keyword)
{
    const char *value = NULL;

    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0)
            value = options->val ? options->val : options->envvar ? getenv(options->envvar) : NULL;
    return value && *value ? value : NULL;
}

bool cs_pg_plaintext_check(const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    const char *mode, *hosts, *service;
    char host[256];
    bool ok = true, encrypted;

    if (!options) /* the connection itself reports a URL that cannot be read */
        return true;
    mode = option_value(options, "sslmode");
    encrypted = mode && (strcmp(mode, "require") == 0 || strncmp(mode, "verify-", 7) == 0);
    hosts = option_value(options, "hostaddr");
    service = option_value(options, "service");
    if (!hosts)
        hosts = option_value(options, "host");
    if (!hosts && service) /* a file that only libpq reads names the host */
        hosts = service;
    for (size_t n; ok && hosts && *hosts && !encrypted; hosts += n + (hosts[n] == ',')) {
        n = strcspn(hosts, ",");
        snprintf(host, sizeof(host), "%.*s", (int)n, hosts);
        /* libpq reads an empty host of a list as its default, a Unix socket */
        ok = !*host || cs_plaintext_allowed("PG_URL", host, "add sslmode=verify-full to it");
    }
    PQconninfoFree(options);
    return ok;
}
