#pragma once
/*
 * pbjson: JSON <-> protobuf message, by descriptor and contract table.
 *
 * Names are snake_case as in the .proto; enums lose their prefix and are lower-case; int64 is a
 * number; bytes are base64url; fields marked (time) are RFC 3339; message Json is the JSON value
 * it holds; maps are objects. Fields marked (internal) do not exist in JSON. Unknown fields, wrong
 * types and duplicates are refused with their path. In a message with `repeated string clear`,
 * null (or [] for a list) records the field's name there; elsewhere null means absent.
 *
 * Nothing here keeps state; any thread may call.
 */
#include "base/arena.h"
#include "base/buf.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

enum { PBJSON_MAX_DEPTH = 32, PBJSON_MAX_ERRORS = 16 };

/* Every wrong field found, as pairs of path and what would be right; memory of the arena. */
struct pbjson_errors {
    struct {
        const char *field, *message;
    } at[PBJSON_MAX_ERRORS];
    int n;
};

/* For checks beyond the contract: notes one more wrong field (ignored past the maximum). */
void pbjson_error(struct pbjson_errors *errors, const char *field, const char *message);

/* A sentence about all of n wrong fields, of which one is given: "The field name is invalid. The value
 * must not be blank." or "3 fields are invalid." */
const char *pbjson_errors_detail(struct cs_arena *a, int n, const char *field, const char *message);

/*
 * Text -> jansson value with our limits: UTF-8, after a byte order mark or none; depth; no name twice; no
 * NUL and no half of a surrogate pair in a string; whole numbers of 64 bits, others within a double.
 * On failure NULL, with one error. Its field is the path of the value that cannot be kept, or "" when
 * the text is no JSON, and then its message says line and column.
 * Where the tree would take more than PBJSON_TREE_MAX, the arena is marked as exceeded.
 */
json_t *pbjson_parse(struct cs_arena *a, const char *text, size_t len,
                     struct pbjson_errors *errors);

/*
 * JSON as a database gives it back. Its jsonb writes 1e21 as a whole number of 22 digits, which
 * pbjson_parse() refuses; here a number of more than 64 bits becomes the nearest double, which is
 * the number that once came in. NULL when the text is NULL or no JSON; the caller owns the value.
 */
json_t *pbjson_parse_stored(struct cs_arena *a, const char *text);

/* The same as compact text in the arena. */
char *pbjson_text_stored(struct cs_arena *a, const char *text);

/*
 * Fills msg (initialised, of any type) from a JSON object. Strings and sub-messages are made in
 * the arena. True if nothing was wrong; otherwise `errors` has all that was, and msg is of no use.
 * It stops where the arena's ceiling is exceeded.
 */
bool pbjson_read(struct cs_arena *a, json_t *object, ProtobufCMessage *msg,
                 struct pbjson_errors *errors);

/*
 * Fills one field from text, as path and query parameters need it (numbers, booleans, enums and
 * times are parsed; a repeated string field is appended to). A (secret) field is refused: URLs are
 * logged everywhere. False notes the error.
 */
bool pbjson_set_text(struct cs_arena *a, ProtobufCMessage *msg, const char *field, const char *text,
                     struct pbjson_errors *errors);

/* A new JSON value showing msg; the caller owns it. Absent fields are left out unless (nullable). */
json_t *pbjson_write(const ProtobufCMessage *msg);

/* The same as compact text in the arena. */
char *pbjson_text(struct cs_arena *a, const ProtobufCMessage *msg, size_t *ret_len);

/* Adds text as a JSON string, quotes included; U+FFFD for what is no UTF-8. */
void pbjson_put_string(struct cs_buf *b, const char *text);

/*
 * Checks a message against the limits of the contract (required, lengths, blankness, ranges, uuid,
 * enum values known, UTF-8, free values that are JSON). The service runtime calls it for every request. True if all is well.
 */
bool pbjson_validate(struct cs_arena *a, const ProtobufCMessage *msg, struct pbjson_errors *errors);

/* Arena copies between bytes and messages. unpack: NULL when malformed, or the arena is exceeded. */
ProtobufCMessage *pbjson_unpack(struct cs_arena *a, const ProtobufCMessageDescriptor *desc,
                                const void *data, size_t len);
/* The same, of a message from another process: one that takes more than the maximum is NULL, and a->exceeded. An empty
 * sub-message is two bytes on the wire and over a hundred in memory. */
enum { PBJSON_UNPACKED_MAX = 16 * 1024 * 1024 };
ProtobufCMessage *pbjson_unpack_bounded(struct cs_arena *a, const ProtobufCMessageDescriptor *desc,
                                        const void *data, size_t len);
void *pbjson_pack(struct cs_arena *a, const ProtobufCMessage *msg, size_t *ret_len);
ProtobufCMessage *pbjson_new(struct cs_arena *a, const ProtobufCMessageDescriptor *desc);
