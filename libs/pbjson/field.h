#pragma once
/*
 * field: what reader, writer, validator and schema share; not for users of pbjson.
 *
 * A place is where a field's value (or one element of a repeated field) stands in the C struct. A
 * path is a list on the stack that is made into text only when something is wrong:
 *
 *     struct pbjson_path at = {.up = path, .name = f->name};
 *     pbjson_fail(a, errors, &at, "The value must be from %d to %d.", 1, 9);
 */
#include "base/buf.h"
#include "pbjson/contract.h"
#include "pbjson/pbjson.h"

#include <stdint.h>

#define PBJSON_AT(base_, offset_, T_) ((T_ *)((char *)(base_) + (offset_)))

struct pbjson_path {
    const struct pbjson_path *up; /* NULL at the top */
    const char *name;             /* NULL: an element, by index */
    size_t index;
};

void pbjson_fail(struct cs_arena *a, struct pbjson_errors *errors, const struct pbjson_path *path,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* pbjson_parse() without a byte order mark, of a value that stands at `up`. */
json_t *pbjson_parse_at(struct cs_arena *a, const struct pbjson_path *up, const char *text,
                        size_t len, struct pbjson_errors *errors);

/* ---- the contract's word on a field; one without limits when it has none ---- */
const struct cs_field_meta *pbjson_meta(const struct cs_message_meta *m,
                                        const ProtobufCMessageDescriptor *desc,
                                        const ProtobufCFieldDescriptor *f);
bool pbjson_is_json(
    const ProtobufCFieldDescriptor *f); /* message Json: shown as the value it holds */

/* The next word of an option `choice`, of n bytes, or NULL; *at begins as the option and moves on. */
const char *pbjson_choice_next(const char **at, size_t *ret_n);

/* A field that JSON may name, or NULL. */
const ProtobufCFieldDescriptor *pbjson_public_field(const struct cs_message_meta *m,
                                                    const ProtobufCMessageDescriptor *desc,
                                                    const char *name);
/* The name of the public field that is most like `name`, or NULL when none is. */
const char *pbjson_suggest(const struct cs_message_meta *m, const ProtobufCMessageDescriptor *desc,
                           const char *name);
/* `repeated string clear`, or NULL. */
const ProtobufCFieldDescriptor *pbjson_clear_field(const ProtobufCMessageDescriptor *desc);

/* ---- places ---- */
bool pbjson_present(const ProtobufCMessage *msg,
                    const ProtobufCFieldDescriptor *f); /* not for repeated fields */
void pbjson_mark(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f); /* its has_ or case */
size_t pbjson_width(const ProtobufCFieldDescriptor *f);                     /* of one element */
int64_t pbjson_get_int(const ProtobufCFieldDescriptor *f,
                       const void *at); /* any integer type; uint64 wraps */
double pbjson_get_real(const ProtobufCFieldDescriptor *f, const void *at); /* any number */

/* ---- enums: JSON's word is the name without prefix, lower-case; ..._UNSPECIFIED has none ---- */
enum { PBJSON_WORD_SIZE = 64 };
/* False when value is unknown or means that nothing was given. */
bool pbjson_enum_word(const ProtobufCEnumDescriptor *d, int value, char out[PBJSON_WORD_SIZE]);
bool pbjson_enum_value(const ProtobufCEnumDescriptor *d, const char *word, int *ret_value);

/* ---- one value that is no message; NULL, or what would be right ---- */
const char *pbjson_scalar_read(struct cs_arena *a, const ProtobufCFieldDescriptor *f,
                               const struct cs_field_meta *meta, const json_t *v, void *at);
const char *pbjson_scalar_parse(struct cs_arena *a, const ProtobufCFieldDescriptor *f,
                                const struct cs_field_meta *meta, const char *text, void *at);

/* ---- pieces of JSON text; a real number gets the fewest digits that read back the same ---- */
void pbjson_put_real(struct cs_buf *b, double n); /* null if it is no number */
void pbjson_put_single(struct cs_buf *b, float n);
void pbjson_put_json(struct cs_buf *b,
                     const json_t *v); /* jansson itself writes 0.1 in 17 digits */
