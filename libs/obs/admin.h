#pragma once
/*
 * admin: /livez, /readyz and /metrics on a listener of their own, on a thread of their own.
 *
 * Readiness is a short list of named conditions, all true when ready; /readyz names the false ones
 * with status 503. Address from CHATSPHERE_ADMIN_ADDR; "127.0.0.1:0" takes any free port. When
 * CHATSPHERE_ADMIN_FILE is set the chosen address is written there.
 */
#include "base/env.h"

#include <stdbool.h>

/* Rows for the table of a program. */
#define CS_ADMIN_ENV                                                                               \
    {.name = "ADMIN_ADDR",                                                                         \
     .kind = CS_ENV_ENDPOINT,                                                                      \
     .fallback = "127.0.0.1:0",                                                                    \
     .help = "address of /livez, /readyz and /metrics; port 0: any free port"},                    \
    {                                                                                              \
        .name = "ADMIN_FILE", .kind = CS_ENV_OUTPUT,                                               \
        .help = "file to which the address of ADMIN_ADDR is written"                               \
    }

int cs_admin_start(const char *addr); /* 0, or -1 with a log line */
void cs_admin_stop(void);
void cs_ready_set(const char *condition, bool ok); /* constant text; any thread */
bool cs_ready(void);
