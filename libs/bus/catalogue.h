#pragma once
/*
 * catalogue: the public events by name, and the message that each has as its body.
 *
 * An event is <aggregate>.<event>; all events of an aggregate have the same body. The rows follow
 * proto/chatsphere/v1/events.proto, whose comments name the same events; a test compares the two.
 * Constant; any thread.
 */
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

enum { CS_CATALOGUE_EVENTS = 12 };

struct cs_catalogue_row {
    const char *aggregate;
    const ProtobufCMessageDescriptor *body;
    const char *events[CS_CATALOGUE_EVENTS]; /* "created", "updated" ...; NULL ends the list */
};

/* Rows in alphabetical order; NULL behind the last one. */
const struct cs_catalogue_row *cs_catalogue_at(size_t i);

/* The body of an aggregate's events, of which n bytes count; NULL: there is no such aggregate. */
const ProtobufCMessageDescriptor *cs_catalogue_body(const char *aggregate, size_t n);

/* Whether "bot.created", or "bot.*" for all events of an aggregate, names a public event. */
bool cs_catalogue_has(const char *type);
