/* The messages of the contract that events and tickets carry, and their JSON. */
#include "cli/body.h"

#include "chatsphere/v1/names.h"
#include "pbjson/pbjson.h"

#include <string.h>

/* chatsphere.event.v1.<tenant>.<bot>.<aggregate>.<event>: the aggregate says what the body is */
static const struct {
    const char *aggregate;
    const ProtobufCMessageDescriptor *message;
} bodies[] = {
    {"user", &chatsphere__v1__user_event__descriptor},
    {"workspace", &chatsphere__v1__workspace_event__descriptor},
    {"api_key", &chatsphere__v1__api_key_event__descriptor},
    {"bot", &chatsphere__v1__bot_event__descriptor},
    {"document", &chatsphere__v1__document_event__descriptor},
    {"conversation", &chatsphere__v1__conversation_event__descriptor},
    {"message", &chatsphere__v1__message_event__descriptor},
};

static const ProtobufCMessageDescriptor *body_of(const char *subject)
{
    if (strncmp(subject, "chatsphere.job.v1.", 18) == 0)
        return &chatsphere__v1__ticket__descriptor;
    for (int dots = 0; dots < 5 && subject; dots++)
        subject = (subject = strchr(subject, '.')) ? subject + 1 : NULL;
    for (size_t i = 0; subject && i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        size_t n = strlen(bodies[i].aggregate);
        if (strncmp(subject, bodies[i].aggregate, n) == 0 && subject[n] == '.')
            return bodies[i].message;
    }
    return NULL;
}

json_t *cli_body(const char *subject, const void *data, size_t len)
{
    const ProtobufCMessageDescriptor *desc = body_of(subject);
    ProtobufCMessage *msg = NULL;
    struct cs_arena arena;
    json_t *json;

    cs_arena_init(&arena);
    if (desc)
        msg = pbjson_unpack(&arena, desc, data, len);
    json = msg ? pbjson_write(msg) : json_null();
    cs_arena_dispose(&arena);
    return json;
}
