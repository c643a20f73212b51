#pragma once
/*
 * admin: /livez, /readyz and /metrics on a listener of their own, on a thread of their own.
 *
 * Readiness is a short list of named conditions, all true when ready; /readyz names the false ones
 * with status 503. Address from CHATSPHERE_ADMIN_ADDR; "127.0.0.1:0" takes any free port. When
 * CHATSPHERE_ADMIN_FILE is set the chosen address is written there.
 */
#include <stdbool.h>

int cs_admin_start(const char *addr); /* 0, or -1 with a log line */
void cs_admin_stop(void);
void cs_ready_set(const char *condition, bool ok); /* constant text; any thread */
bool cs_ready(void);
