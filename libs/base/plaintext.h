#pragma once
/*
 * plaintext: whether a connection without TLS would leave this machine, and what the operator says to that.
 *
 * NATS_URL and PG_URL carry credentials and the content of all tenants, so a program refuses at its start to use them
 * in plain text with another machine, unless the setting PLAINTEXT is `allow`. Any thread, after cs_env_load().
 */
#include "base/env.h"

/* the row of PLAINTEXT, for the table of a program */
#define CS_PLAINTEXT_ENV                                                                           \
    {                                                                                              \
        .name = "PLAINTEXT", .kind = CS_ENV_CHOICE, .format = "refuse, allow",                     \
        .fallback = "refuse",                                                                      \
        .help = "connections without TLS to NATS and PostgreSQL on other machines"                 \
    }

/* localhost, a loopback address (IPv6 also in brackets), or a Unix socket: a path, or a name after @. */
bool cs_host_is_local(const char *host);

/* The host of scheme://host[:port][/path] into out, without the brackets of an IPv6 address; size: at least 256. */
void cs_url_host(const char *url, char *out, size_t size);

/* True, or a message on standard error: `setting` would be used in plain text with the host; `remedy`: how TLS is set. */
bool cs_plaintext_allowed(const char *setting, const char *host, const char *remedy);
