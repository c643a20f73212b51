/* Errors with their paths, parsing with a limit of depth, and messages in arena memory. */
#include "pbjson/field.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PATH = 512, MAX_MESSAGE = 512 };

void pbjson_error(struct pbjson_errors *errors, const char *field, const char *message)
{
    if (errors->n == PBJSON_MAX_ERRORS)
        return;
    errors->at[errors->n].field = field;
    errors->at[errors->n++].message = message;
}

const char *pbjson_errors_detail(struct cs_arena *a, int n, const char *field, const char *message)
{
    return n == 1 ? cs_printf(a, "The field %s is invalid. %s", field, message)
                  : cs_printf(a, "%d fields are invalid.", n);
}

static void add_path(struct cs_buf *b, const struct pbjson_path *path)
{
    if (path->up)
        add_path(b, path->up);
    if (path->name)
        cs_buf_addf(b, "%s%.100s", b->len ? "." : "", path->name);
    else
        cs_buf_addf(b, "[%zu]", path->index);
}

void pbjson_fail(struct cs_arena *a, struct pbjson_errors *errors, const struct pbjson_path *path,
                 const char *fmt, ...)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    char message[MAX_MESSAGE];
    va_list ap;

    if (errors->n == PBJSON_MAX_ERRORS)
        return;
    if (path)
        add_path(&b, path);
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    pbjson_error(errors, b.len ? cs_strndup(a, b.data, MAX_PATH) : "", cs_strdup(a, message));
}

static void *arena_alloc(void *arena, size_t size)
{
    return cs_try_alloc(arena, size);
}

static void arena_free(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

ProtobufCMessage *pbjson_unpack(struct cs_arena *a, const ProtobufCMessageDescriptor *desc,
                                const void *data, size_t len)
{
    ProtobufCAllocator allocator = {.alloc = arena_alloc, .free = arena_free, .allocator_data = a};
    return protobuf_c_message_unpack(desc, &allocator, len, data);
}

ProtobufCMessage *pbjson_unpack_bounded(struct cs_arena *a, const ProtobufCMessageDescriptor *desc,
                                        const void *data, size_t len)
{
    size_t ceiling = a->ceiling, most = a->bytes + PBJSON_UNPACKED_MAX;

    a->ceiling = ceiling && ceiling < most ? ceiling : most;
    ProtobufCMessage *msg = pbjson_unpack(a, desc, data, len);
    a->ceiling = ceiling;
    return msg;
}

void *pbjson_pack(struct cs_arena *a, const ProtobufCMessage *msg, size_t *ret_len)
{
    void *out;

    *ret_len = protobuf_c_message_get_packed_size(msg);
    out = cs_alloc(a, *ret_len ? *ret_len : 1);
    protobuf_c_message_pack(msg, out);
    return out;
}

ProtobufCMessage *pbjson_new(struct cs_arena *a, const ProtobufCMessageDescriptor *desc)
{
    ProtobufCMessage *msg = cs_alloc(a, desc->sizeof_message);
    protobuf_c_message_init(desc, msg);
    return msg;
}
