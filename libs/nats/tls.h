#pragma once
/* tls: whether the connection to the broker is encrypted, from the settings NATS_URL and NATS_CA. Any thread. */
#include <nats/nats.h>
#include <stdbool.h>

/* False with a message on standard error: it would be plain text to another machine, see base/plaintext.h. */
bool cs_nats_plaintext_check(void);

/*
 * With the scheme tls, or with ca, which may be NULL: the connection is encrypted or fails, and the broker's
 * certificate is of that CA (NULL: of a CA of the system) and for the host of the URL.
 */
natsStatus cs_nats_tls(natsOptions *o, const char *url, const char *ca);
