/*
 * pbjson: any bytes as JSON for a message that the first byte chooses, and as packed bytes of it.
 * What was read must show as JSON that reads back to the same.
 */
#include "bound.h"

#include "chatsphere/v1/names.h"
#include "pbjson/pbjson.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text that shows msg, which must be JSON. */
static json_t *show(struct cs_arena *a, const ProtobufCMessage *msg, char **ret_text)
{
    size_t len;
    json_t *v;

    *ret_text = pbjson_text(a, msg, &len);
    v = json_loadb(*ret_text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (!v)
        abort();
    return v;
}

/* What came from JSON reads back to the same. */
static void check_same(struct cs_arena *a, const ProtobufCMessage *msg)
{
    struct pbjson_errors errors = {.n = 0};
    ProtobufCMessage *again = pbjson_new(a, msg->descriptor);
    char *text, *again_text;
    json_auto_t *v = show(a, msg, &text);

    if (!pbjson_read(a, v, again, &errors))
        abort();
    json_decref(show(a, again, &again_text));
    if (strcmp(text, again_text) != 0)
        abort();
}

static void as_json(struct cs_arena *a, const ProtobufCMessageDescriptor *desc, const char *data,
                    size_t size)
{
    struct pbjson_errors errors = {.n = 0};
    ProtobufCMessage *msg = pbjson_new(a, desc);
    json_t *v = pbjson_parse(a, data, size, &errors);

    if (v && pbjson_read(a, v, msg, &errors)) {
        pbjson_validate(a, msg, &errors);
        check_same(a, msg);
    } else if (errors.n == 0) {
        abort();
    }
    json_decref(v);
}

static void as_bytes(struct cs_arena *a, const ProtobufCMessageDescriptor *desc, const void *data,
                     size_t size)
{
    struct pbjson_errors errors = {.n = 0};
    ProtobufCMessage *msg = pbjson_unpack(a, desc, data, size);
    char *text;

    if (msg && pbjson_validate(a, msg, &errors))
        json_decref(show(a, msg, &text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;

    if (size == 0)
        return 0;
    const ProtobufCMessageDescriptor *desc = cs_message_metas[data[0] % cs_n_message_metas].desc;
    if (desc == &chatsphere__v1__json__descriptor)
        return 0; /* alone it is a plain message to the reader, and a value to the writer */
    cs_arena_init(&a);
    as_json(&a, desc, (const char *)data + 1, size - 1);
    as_bytes(&a, desc, data + 1, size - 1);
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}
