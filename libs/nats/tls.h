#pragma once
/* tls: whether the connection to the broker is encrypted, from the settings NATS_URL and NATS_CA. Any thread. */
#include "base/plaintext.h"

#include <nats/nats.h>
#include <stdbool.h>

/* Rows of the broker, for the table of a program; creds_: the help of NATS_CREDS. */
#define CS_NATS_ENV(creds_)                                                                        \
    {.name = "NATS_URL",                                                                           \
     .kind = CS_ENV_URL,                                                                           \
     .format = "nats, tls",                                                                        \
     .fallback = "nats://127.0.0.1:4222",                                                          \
     .help = "address of the NATS server"},                                                        \
        {.name = "NATS_CREDS", .kind = CS_ENV_FILE, .required = true, .help = (creds_)},           \
        {.name = "NATS_CA",                                                                        \
         .kind = CS_ENV_FILE,                                                                      \
         .help = "path of the CA that signed the certificate of the NATS server"},                 \
        CS_PLAINTEXT_ENV

/* False with a message on standard error: it would be plain text to another machine, see base/plaintext.h. */
bool cs_nats_plaintext_check(void);

/*
 * With the scheme tls, or with ca, which may be NULL: the connection is encrypted or fails, and the broker's
 * certificate is of that CA (NULL: of a CA of the system) and for the host of the URL.
 */
natsStatus cs_nats_tls(natsOptions *o, const char *url, const char *ca);
