/* One buffer per line, which is written by a single write(). */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *program_name = "chatsphere";
static enum cs_log_level threshold = CS_INFO;
static _Thread_local const char *scope_request, *scope_trace;

void cs_log_init(const char *program)
{
    const char *v = getenv("CHATSPHERE_LOG_LEVEL");

    program_name = program;
    for (int i = 0; v && i < 4; i++)
        if (strcmp(v, level_names[i]) == 0)
            threshold = (enum cs_log_level)i;
}

void cs_log_scope(const char *request_id, const char *trace_id)
{
    scope_request = request_id;
    scope_trace = trace_id;
}

/* what is no UTF-8 is replaced, byte by byte: a line is JSON whatever was given */
static void add_quoted(struct cs_buf *b, const char *s)
{
    size_t left = strlen(s), n;

    cs_buf_adds(b, "\"");
    for (; left > 0; s += n, left -= n) {
        unsigned char c = (unsigned char)*s;
        size_t whole = cs_utf8_next(s, left, NULL);

        n = whole ? whole : 1;
        if (c == '"' || c == '\\')
            cs_buf_addf(b, "\\%c", c);
        else if (c < 0x20)
            cs_buf_addf(b, "\\u%04x", c);
        else if (whole)
            cs_buf_add(b, s, n);
        else
            cs_buf_adds(b, "\xef\xbf\xbd");
    }
    cs_buf_adds(b, "\"");
}

static void add_pair(struct cs_buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    cs_buf_addf(b, ",\"%s\":", name);
    add_quoted(b, value);
}

/* A signal may cut a long line in two; no other thread's may come between. */
static void write_line(const char *p, size_t n)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&lock);
    while (n > 0) {
        ssize_t put = write(STDERR_FILENO, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break; /* nobody can be told */
        p += put;
        n -= (size_t)put;
    }
    pthread_mutex_unlock(&lock);
}

void cs_log(enum cs_log_level level, const char *message, ...)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    char now[CS_RFC3339_SIZE];
    const char *name;
    va_list ap;

    if (level < threshold)
        return;
    cs_rfc3339(now, cs_now_ms());
    cs_buf_addf(&b, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":\"%s\",\"message\":", now,
                level_names[level], program_name);
    add_quoted(&b, message);
    add_pair(&b, "request_id", scope_request);
    add_pair(&b, "trace_id", scope_trace);
    va_start(ap, message);
    while ((name = va_arg(ap, const char *)))
        add_pair(&b, name, va_arg(ap, const char *));
    va_end(ap);
    cs_buf_adds(&b, "}\n");
    write_line(b.data, b.len);
}

const char *cs_log_int(long long n)
{
    static _Thread_local char ring[8][24];
    static _Thread_local unsigned at;
    char *s = ring[at++ % 8];

    snprintf(s, sizeof(ring[0]), "%lld", n);
    return s;
}
