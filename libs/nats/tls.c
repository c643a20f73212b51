/* TLS to the broker. libnats checks the certificate and its name, but encrypts for no scheme unless it is asked to. */
#include "nats/tls.h"

#include "base/plaintext.h"

#include <string.h>

static const char scheme[] = "tls://";

bool cs_nats_plaintext_check(void)
{
    const char *url = cs_env("NATS_URL");
    char host[256];

    if (cs_env("NATS_CA") || strncmp(url, scheme, strlen(scheme)) == 0)
        return true;
    cs_url_host(url, host, sizeof(host));
    return cs_plaintext_allowed("NATS_URL", host, "use tls://, or set CHATSPHERE_NATS_CA");
}

natsStatus cs_nats_tls(natsOptions *o, const char *url, const char *ca)
{
    natsStatus s;

    if (!ca && strncmp(url, scheme, strlen(scheme)) != 0)
        return NATS_OK;
    s = natsOptions_SetSecure(o, true);
    if (s == NATS_OK && ca)
        s = natsOptions_LoadCATrustedCertificates(o, ca);
    return s;
}
