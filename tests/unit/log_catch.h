#pragma once
/* log_catch: what is written on standard error between two calls, for tests of what is logged. */
#include <stddef.h>
#include <unistd.h>

struct log_catch {
    int saved, ends[2];
};

/* From here on standard error goes into a pipe: no more than its 64 KiB may be written. */
static inline void log_catch_begin(struct log_catch *c)
{
    if (pipe(c->ends) < 0)
        _exit(1);
    c->saved = dup(STDERR_FILENO);
    dup2(c->ends[1], STDERR_FILENO);
    close(c->ends[1]);
}

/* What was written since, as a string; standard error is what it was. */
static inline void log_catch_end(struct log_catch *c, char *out, size_t size)
{
    size_t n = 0;
    ssize_t got;

    dup2(c->saved, STDERR_FILENO);
    close(c->saved);
    while (n + 1 < size && (got = read(c->ends[0], out + n, size - 1 - n)) > 0)
        n += (size_t)got;
    out[n] = '\0';
    close(c->ends[0]);
}
