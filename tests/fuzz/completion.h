#pragma once
/*
 * Any bytes as answers of a model in one format, whole and as a stream in pieces. Never a crash, what is said and
 * thought is no longer than what it was made of, and an answer that failed is never over.
 */
#include "http/sse_parse.h"
#include "provider/calls.h"
#include "provider/chat_wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct completion_fuzz {
    struct cs_completion answer;
    struct cs_calls calls;
    size_t bytes;
};

static void completion_fuzz_say(void *state, const char *text)
{
    struct completion_fuzz *f = state;

    f->bytes += strlen(text);
}

static void completion_fuzz_event(void *state, const struct cs_sse_event *e)
{
    struct completion_fuzz *f = state;

    cs_completion_event(&f->answer, e->data, e->data_len, e->cut);
}

static void completion_fuzz_begin(struct completion_fuzz *f, const struct cs_chat_wire *wire)
{
    *f = (struct completion_fuzz){.bytes = 0};
    f->answer = (struct cs_completion){.wire = wire,
                                       .say = completion_fuzz_say,
                                       .think = completion_fuzz_say,
                                       .state = f,
                                       .calls = &f->calls};
}

static void completion_fuzz_end(struct completion_fuzz *f, size_t size)
{
    cs_completion_end(&f->answer);
    if (f->bytes > 3 * size || (cs_completion_over(&f->answer) && f->answer.failed))
        abort();
    cs_calls_free(&f->calls);
}

static int completion_fuzz(const struct cs_chat_wire *wire, const uint8_t *data, size_t size)
{
    enum { EVENT = 64 * 1024 };
    const char *text = (const char *)data;
    size_t piece = size ? 1 + (size_t)*data % 64 : 1;
    struct completion_fuzz f;
    struct cs_sse p;

    completion_fuzz_begin(&f, wire);
    cs_completion_event(&f.answer, text, size, false);
    completion_fuzz_end(&f, size);
    completion_fuzz_begin(&f, wire);
    cs_sse_init(&p, EVENT, completion_fuzz_event, &f);
    for (size_t at = 0; at < size; at += piece)
        if (!cs_sse_feed(&p, text + at, size - at < piece ? size - at : piece))
            break;
    cs_sse_end(&p);
    cs_sse_free(&p);
    completion_fuzz_end(&f, size);
    return 0;
}
