#pragma once
/*
 * Contract: what the .proto files say, as tables.
 *
 * protobuf-c's descriptors carry no comments and no custom options, so tools/gen writes them into
 * contract.c at build time. Everything that checks, prints or documents messages reads this table
 * and nothing else. All of it is constant; any thread may read it.
 */
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Options of proto/chatsphere/v1/options.proto for one field. */
struct cs_field_meta {
    const char *comment;
    const char *example; /* text of a string, JSON for every other type; NULL: none */
    const char *pattern; /* regular expression of the whole string; NULL: none */
    const char *choice;  /* valid strings, separated by ", "; NULL: any */
    bool time, secret, required, internal, uuid, nullable, always, map, not_blank;
    uint32_t min_len, max_len, max_bytes; /* 0: none */
    bool has_min, has_max;
    double min, max;
};

struct cs_message_meta {
    const ProtobufCMessageDescriptor *desc;
    const char *comment;
    const struct cs_field_meta *fields; /* desc->n_fields of them, in the order of desc->fields */
};

struct cs_value_meta {
    int value;
    const char *comment;
};

struct cs_enum_meta {
    const ProtobufCEnumDescriptor *desc;
    const char *prefix; /* ROLE_ : JSON leaves it out */
    const char *comment;
    const struct cs_value_meta *values; /* in the order of the .proto */
    size_t n_values;
};

/* An error that is particular to one rpc. */
struct cs_rpc_error {
    int status;
    const char *comment;
};

/* One method of one service. */
struct cs_rpc {
    const char *service; /* bot_store: subject token, queue group, credentials */
    const char *method;  /* get_bot */
    const char *name;    /* bot_store/get_bot: the name of its spans */
    const char *subject; /* chatsphere.v1.bot_store.get_bot */
    const ProtobufCMessageDescriptor *input, *output;
    const char *comment;
    const struct cs_rpc_error *errors; /* up to status 0 */
    bool read_only;                    /* its calls need no signature: see options.proto */
};

extern const struct cs_rpc *const cs_rpcs[];
extern const size_t cs_n_rpcs;
extern const struct cs_message_meta cs_message_metas[]; /* sorted by desc->name */
extern const size_t cs_n_message_metas;
extern const struct cs_enum_meta cs_enum_metas[];
extern const size_t cs_n_enum_metas;

/* NULL when the contract does not have it. */
const struct cs_message_meta *cs_message_meta(const ProtobufCMessageDescriptor *desc);
const struct cs_enum_meta *cs_enum_meta(const ProtobufCEnumDescriptor *desc);
const struct cs_rpc *cs_rpc_find(const char *service, const char *method);
