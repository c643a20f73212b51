/* The messages of the contract that events and tickets carry, and their JSON. */
#include "cli/body.h"

#include "bus/catalogue.h"
#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"
#include "pbjson/pbjson.h"

#include <string.h>

/* chatsphere.event.v1.<tenant>.<bot>.<aggregate>.<event>: the aggregate says what the body is */
static const ProtobufCMessageDescriptor *body_of(const char *subject)
{
    if (strncmp(subject, "chatsphere.job.v1.", 18) == 0)
        return &chatsphere__v1__ticket__descriptor;
    for (int dots = 0; dots < 5 && subject; dots++)
        subject = (subject = strchr(subject, '.')) ? subject + 1 : NULL;
    return subject ? cs_catalogue_body(subject, strcspn(subject, ".")) : NULL;
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

json_t *cli_body_base64(const void *data, size_t len)
{
    struct cs_arena arena;

    cs_arena_init(&arena);
    json_t *text = json_string(cs_base64url(&arena, data, len));
    cs_arena_dispose(&arena);
    return text;
}
