#pragma once
/* settings: rows that several commands share, for their tables of struct cs_env. */
#include "base/plaintext.h"

#define CLI_NATS_SETTINGS                                                                          \
    {.name = "NATS_URL",                                                                           \
     .kind = CS_ENV_URL,                                                                           \
     .format = "nats, tls",                                                                        \
     .fallback = "nats://127.0.0.1:4222",                                                          \
     .help = "address of the NATS server"},                                                        \
        {.name = "NATS_CREDS",                                                                     \
         .kind = CS_ENV_FILE,                                                                      \
         .required = true,                                                                         \
         .help = "path of ops.creds"},                                                             \
        {.name = "NATS_CA",                                                                        \
         .kind = CS_ENV_FILE,                                                                      \
         .help = "path of the CA that signed the certificate of the NATS server"},                 \
        CS_PLAINTEXT_ENV
