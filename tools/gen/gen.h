#pragma once
/*
 * cs_gen: what protoc knows of proto/chatsphere/v1 and protobuf-c does not keep, as C.
 *
 *     cs_gen <set.bin> <contract.c>         comments, limits, secrecy, rpcs: libs/pbjson/contract.h
 *     cs_gen --names <set.bin> <names.h>    short names, constructors, setters, rpc tokens, typed calls
 *     cs_gen --methods <set.bin> <folder>   <folder>/<proto>.rpc.h for each .proto with a service
 *
 * set.bin comes from protoc --include_source_info --include_imports --descriptor_set_out. The model
 * below is a flat view of it that borrows its strings. One thread, run by the build only.
 */
#include <google/protobuf/descriptor.pb-c.h>
#include <stdbool.h>
#include <stdio.h>

#define PACKAGE ".chatsphere.v1."

enum { MAX_NAME = 256, MAX_PATH = 16, N_OPTIONS = 16 };

struct gen_message {
    char full[MAX_NAME]; /* .chatsphere.v1.Bot */
    const Google__Protobuf__DescriptorProto *d;
    const Google__Protobuf__FileDescriptorProto *file;
    int path[MAX_PATH]; /* in the file's source info */
    size_t n_path;
    bool map_entry;
};

struct gen_enum {
    char full[MAX_NAME];
    const Google__Protobuf__EnumDescriptorProto *d;
    const Google__Protobuf__FileDescriptorProto *file;
    int path[MAX_PATH]; /* in the file's source info */
    size_t n_path;
};

struct gen_service {
    const char *name, *comment; /* comment NULL: none */
};

struct gen_rpc {
    const char *service; /* BotStore */
    const Google__Protobuf__FileDescriptorProto *file;
    const Google__Protobuf__MethodDescriptorProto *d;
    const char *comment; /* NULL: none */
};

struct gen_model {
    const Google__Protobuf__FileDescriptorSet *set;
    struct gen_message *messages; /* sorted by name */
    struct gen_enum *enums;       /* sorted by name */
    struct gen_rpc *rpcs;
    struct gen_service *services;
    size_t n_messages, n_enums, n_rpcs, n_services;
    unsigned option_tags[N_OPTIONS];   /* as gen_option_names */
    unsigned error_tag, read_only_tag; /* of the method options `error` and `read_only` */
};

/* Of options.proto; each is a member of struct cs_field_meta, min and max with a has_ beside. */
extern const char *const gen_option_names[N_OPTIONS];

/* False, with a message, when the set lacks one of the options. */
bool gen_model_load(struct gen_model *m, const Google__Protobuf__FileDescriptorSet *set);
void gen_model_free(struct gen_model *m);
const struct gen_message *gen_find_message(const struct gen_model *m, const char *full);
bool gen_is_ours(const Google__Protobuf__FileDescriptorProto *file);

/* The comment before the element at path; NULL: none. */
const char *gen_comment(const Google__Protobuf__FileDescriptorProto *file, const int *path,
                        size_t n_path);
/* The comments of a field and of an enum value, by their index in the descriptor. */
const char *gen_field_comment(const struct gen_message *m, int index);
const char *gen_value_comment(const struct gen_enum *e, int index);

/* Number of messages, fields, enums, values, services and rpcs without a real description; each is
 * named on standard error. */
int gen_undescribed(const struct gen_model *m);

void gen_contract(const struct gen_model *m, FILE *out);
void gen_names(const struct gen_model *m, FILE *out);
/* The table of the one service in `file`. */
void gen_methods(const struct gen_model *m, FILE *out,
                 const Google__Protobuf__FileDescriptorProto *file);

/* ---- names as protobuf-c spells them; each result stands in a ring of 16 ---- */
const char *gen_type(const char *full);   /* .a.v1.FooBar -> A__V1__FooBar */
const char *gen_lower(const char *full);  /* a__v1__foo_bar */
const char *gen_upper(const char *full);  /* A__V1__FOO_BAR */
const char *gen_short(const char *full);  /* FooBar; Foo_Bar when nested */
const char *gen_snake(const char *name);  /* FooBar -> foo_bar */
const char *gen_scream(const char *name); /* FooBar or Foo_Bar -> FOO_BAR */
