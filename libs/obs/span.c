/* A span is one heap block of fixed size, which goes to the exporter at its end. */
#include "obs/span.h"

#include "obs/otlp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static _Thread_local const char *here;

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct cs_span *cs_span_new(enum cs_span_kind kind, const char *own, const char *parent)
{
    struct cs_span *s;

    if (!cs_otlp_on() || !cs_trace_sampled(own))
        return NULL;
    s = malloc(sizeof(*s));
    if (!s)
        abort();
    s->kind = kind;
    s->failed = false;
    s->n_attrs = 0;
    s->name[0] = '\0';
    snprintf(s->own, sizeof(s->own), "%s", own);
    snprintf(s->parent, sizeof(s->parent), "%s", cs_trace_valid(parent) ? parent : "");
    s->start_ns = clock_ns(CLOCK_REALTIME);
    s->began_ns = clock_ns(CLOCK_MONOTONIC);
    return s;
}

struct cs_span *cs_span_child(enum cs_span_kind kind, const char *parent)
{
    char own[CS_TRACEPARENT_SIZE];

    if (!parent || !cs_otlp_on())
        return NULL;
    cs_trace_child(parent, own);
    return cs_span_new(kind, own, parent);
}

void cs_span_end(struct cs_span *s)
{
    if (!s)
        return;
    s->end_ns = s->start_ns + clock_ns(CLOCK_MONOTONIC) - s->began_ns;
    cs_otlp_put(s);
}

const char *cs_span_context(const struct cs_span *s, const char *otherwise)
{
    return s ? s->own : otherwise;
}

static void make_printable(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

void cs_span_name(struct cs_span *s, const char *fmt, ...)
{
    va_list ap;

    if (!s)
        return;
    va_start(ap, fmt);
    vsnprintf(s->name, sizeof(s->name), fmt, ap);
    va_end(ap);
    make_printable(s->name);
}

static struct cs_span_attr *span_attr(struct cs_span *s, const char *key)
{
    struct cs_span_attr *a;

    if (!s || s->n_attrs == CS_SPAN_ATTRS)
        return NULL;
    a = &s->attrs[s->n_attrs++];
    a->key = key;
    a->text[0] = '\0';
    a->number = 0;
    return a;
}

void cs_span_text(struct cs_span *s, const char *key, const char *value)
{
    struct cs_span_attr *a = value && *value ? span_attr(s, key) : NULL;

    if (!a)
        return;
    snprintf(a->text, sizeof(a->text), "%s", value);
    make_printable(a->text);
}

void cs_span_int(struct cs_span *s, const char *key, int64_t value)
{
    struct cs_span_attr *a = span_attr(s, key);

    if (a)
        a->number = value;
}

void cs_span_fail(struct cs_span *s, const char *error_type)
{
    if (!s)
        return;
    s->failed = true;
    cs_span_text(s, "error.type", error_type);
}

void cs_span_status(struct cs_span *s, const char *key, int status, int least)
{
    char type[16];

    if (!s)
        return;
    cs_span_int(s, key, status);
    snprintf(type, sizeof(type), "%d", status);
    if (status >= least)
        cs_span_fail(s, type);
}

void cs_span_scope(const char *traceparent)
{
    here = traceparent;
}

const char *cs_span_here(void)
{
    return here;
}
