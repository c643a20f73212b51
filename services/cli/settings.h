#pragma once
/* settings: rows that several commands share, for their tables of struct cs_env. */
#include "base/env.h"

#define CLI_NATS_SETTINGS                                                                          \
    {.name = "NATS_URL", .fallback = "nats://127.0.0.1:4222", .help = "the broker"},               \
        {.name = "NATS_CREDS", .required = true, .help = "path of ops.creds"},                     \
    {                                                                                              \
        .name = "NATS_CA", .help = "path of the CA that the broker's certificate must have"        \
    }
