/* The parts of an address, by libcurl, and the SSRF guard. */
#include "events/address.h"

#include "base/env.h"
#include "http/guard.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static int address_malformed(struct cs_call *call)
{
    return cs_fail_field(call, "url",
                         "The value must be an http or https address without user name.");
}

/* A part of the address, in the arena; NULL: it has none. */
static const char *address_part(struct cs_arena *a, CURLU *u, CURLUPart part)
{
    char *text = NULL;
    const char *kept = NULL;

    if (curl_url_get(u, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
        kept = cs_strdup(a, text);
    curl_free(text);
    return kept;
}

int address_check(struct cs_call *call, const char *url)
{
    CURLU *u = curl_url();
    bool good = u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    const char *scheme = good ? address_part(call->arena, u, CURLUPART_SCHEME) : NULL;
    const char *host = good ? address_part(call->arena, u, CURLUPART_HOST) : NULL;
    const char *port = good ? address_part(call->arena, u, CURLUPART_PORT) : NULL;
    bool user = good && address_part(call->arena, u, CURLUPART_USER);

    curl_url_cleanup(u);
    if (!scheme || !host || !port || user ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        return address_malformed(call);
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return address_malformed(call);
    if (cs_guard_allows_host(cs_env("EGRESS_ALLOW"), host, (int)strtol(port, NULL, 10)))
        return 0;
    return cs_fail(call, CS_UNPROCESSABLE,
                   "The url leads to %s:%s, which is not a public address. The operator of the "
                   "platform can allow it with the setting CHATSPHERE_EGRESS_ALLOW=%s:%s.",
                   host, port, host, port);
}
