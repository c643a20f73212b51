#pragma once
/*
 * render: a kept event as a CloudEvent in JSON, made from the message that was published. The stream of events
 * and webhooks show the same. Any thread.
 */
#include "base/arena.h"
#include "chatsphere/v1/names.h"

#include <stddef.h>
#include <stdint.h>

/* An event as it is kept. Strings are of an arena; bot NULL: the event is of no bot. */
struct kept_event {
    const char *tenant, *id, *bot;
    const char *aggregate, *event; /* bot, updated */
    const char *subject;           /* id of the aggregate */
    int64_t seq;                   /* place in the workspace's log */
    int64_t version;               /* 0: none */
    int64_t happened_ms;           /* unix ms */
    const void *payload;
    size_t len;
};

CloudEvent *render_event(struct cs_arena *a, const struct kept_event *e);

/* The same as text. */
const char *render_text(struct cs_arena *a, const struct kept_event *e, size_t *ret_len);
