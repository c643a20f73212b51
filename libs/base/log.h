#pragma once
/*
 * Log: one JSON object a line on standard error, whole lines even from many threads. What is no
 * UTF-8 in a value shows as U+FFFD.
 *
 *     cs_log(CS_INFO, "document ready", "document", id, "chunks", cs_log_int(n, buf), NULL)
 *
 * The message is constant text; what varies goes into name-value pairs (strings; a NULL value is
 * left out), ended by NULL. The request and trace id of the call this thread runs are added by
 * themselves (cs_log_scope). An error is logged once, where it began. Secrets are never logged.
 */

/* A row for the table of a program (base/env.h). */
#define CS_LOG_ENV                                                                                 \
    {                                                                                              \
        .name = "LOG_LEVEL", .kind = CS_ENV_CHOICE, .format = "debug, info, warn, error",          \
        .fallback = "info", .help = "lowest level of the log lines"                                \
    }

enum cs_log_level { CS_DEBUG, CS_INFO, CS_WARN, CS_ERROR };

void cs_log_init(const char *program); /* level from CHATSPHERE_LOG_LEVEL */
void cs_log(enum cs_log_level level, const char *message, ...) __attribute__((sentinel));

/* What every line of this thread bears until the next call; NULLs clear. Pointers are borrowed. */
void cs_log_scope(const char *request_id, const char *trace_id);

/* A number as text in a per-thread ring of 8, for use as a value. */
const char *cs_log_int(long long n);
