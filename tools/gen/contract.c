/* contract.c: the tables of libs/pbjson/contract.h */
#include "gen.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As a C string, every run of white space one blank, none at the ends. */
static void put_string(FILE *out, const char *s)
{
    bool gap = false, any = false;

    fputc('"', out);
    for (; s && *s; s++) {
        if (isspace((unsigned char)*s)) {
            gap = any;
            continue;
        }
        if (gap)
            fputc(' ', out);
        if (*s == '"' || *s == '\\')
            fputc('\\', out);
        fputc(*s, out);
        gap = false;
        any = true;
    }
    fputc('"', out);
}

/* n bytes as a C string, byte for byte */
static void put_bytes(FILE *out, const unsigned char *s, size_t n)
{
    fputc('"', out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, s[i] == '"' || s[i] == '\\' || !isprint(s[i]) ? "\\%03o" : "%c", s[i]);
    fputc('"', out);
}

/* the text of a string option, behind its length */
static const unsigned char *option_text(const ProtobufCMessageUnknownField *f, size_t *ret_len)
{
    size_t at = 0;

    while (at < f->len && f->data[at] & 0x80)
        at++;
    *ret_len = f->len - at - 1;
    return f->data + at + 1;
}

/* protobuf-c knows no extensions: they are left over as unknown fields, still in wire form */
static void put_option(FILE *out, const char *name, const ProtobufCMessageUnknownField *f)
{
    const unsigned char *text;
    double number;
    size_t len;

    if (f->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
        text = option_text(f, &len);
        fprintf(out, ", .%s = ", name);
        put_bytes(out, text, len);
    } else if (f->wire_type == PROTOBUF_C_WIRE_TYPE_64BIT && f->len == sizeof(number)) {
        memcpy(&number, f->data, sizeof(number));
        fprintf(out, ", .has_%s = true, .%s = %.17g", name, name, number);
    } else {
        unsigned long long varint = 0;
        for (size_t i = 0; i < f->len && i < 10; i++)
            varint |= (unsigned long long)(f->data[i] & 0x7f) << (7 * i);
        fprintf(out, ", .%s = %llu", name, varint);
    }
}

static void put_field(const struct gen_model *m, FILE *out, const struct gen_message *msg,
                      int index)
{
    const Google__Protobuf__FieldDescriptorProto *f = msg->d->field[index];
    const struct gen_message *type = f->type_name ? gen_find_message(m, f->type_name) : NULL;

    fputs("    {.comment = ", out);
    put_string(out, gen_field_comment(msg, index));
    if (type && type->map_entry)
        fputs(", .map = true", out);
    for (unsigned i = 0; f->options && i < f->options->base.n_unknown_fields; i++)
        for (int o = 0; o < N_OPTIONS; o++)
            if (f->options->base.unknown_fields[i].tag == m->option_tags[o])
                put_option(out, gen_option_names[o], &f->options->base.unknown_fields[i]);
    fprintf(out, "}, /* %s */\n", f->name);
}

/* protobuf-c sorts a message's fields by number; so must their rows be */
static void put_fields(const struct gen_model *m, FILE *out, const struct gen_message *msg)
{
    int last = 0;

    if (!msg->d->n_field)
        return;
    fprintf(out, "static const struct cs_field_meta fields_of_%s[] = {\n", gen_lower(msg->full));
    for (size_t n = 0; n < msg->d->n_field; n++) {
        int next = -1;
        for (size_t i = 0; i < msg->d->n_field; i++)
            if (msg->d->field[i]->number > last &&
                (next < 0 || msg->d->field[i]->number < msg->d->field[next]->number))
                next = (int)i;
        put_field(m, out, msg, next);
        last = msg->d->field[next]->number;
    }
    fputs("};\n\n", out);
}

static void put_messages(const struct gen_model *m, FILE *out)
{
    for (size_t i = 0; i < m->n_messages; i++)
        put_fields(m, out, &m->messages[i]);
    fputs("const struct cs_message_meta cs_message_metas[] = {\n", out);
    for (size_t i = 0; i < m->n_messages; i++) {
        const struct gen_message *msg = &m->messages[i];
        const char *name = gen_lower(msg->full);

        fprintf(out, "    {.desc = &%s__descriptor,\n     .comment = ", name);
        put_string(out, gen_comment(msg->file, msg->path, msg->n_path));
        if (msg->d->n_field)
            fprintf(out, ",\n     .fields = fields_of_%s", name);
        fputs("},\n", out);
    }
    fprintf(out, "};\nconst size_t cs_n_message_metas = %zu;\n\n", m->n_messages);
}

static void put_enums(const struct gen_model *m, FILE *out)
{
    for (size_t i = 0; i < m->n_enums; i++) {
        const struct gen_enum *e = &m->enums[i];

        fprintf(out, "static const struct cs_value_meta values_of_%s[] = {\n", gen_lower(e->full));
        for (size_t v = 0; v < e->d->n_value; v++) {
            fprintf(out, "    {.value = %d, .comment = ", e->d->value[v]->number);
            put_string(out, gen_value_comment(e, (int)v));
            fputs("},\n", out);
        }
        fputs("};\n\n", out);
    }
    fputs("const struct cs_enum_meta cs_enum_metas[] = {\n", out);
    for (size_t i = 0; i < m->n_enums; i++) {
        const struct gen_enum *e = &m->enums[i];
        const char *name = gen_lower(e->full);

        fprintf(out,
                "    {.desc = &%s__descriptor,\n     .prefix = \"%s_\",\n     .comment = ", name,
                gen_scream(e->d->name));
        put_string(out, gen_comment(e->file, e->path, e->n_path));
        fprintf(out, ",\n     .values = values_of_%s,\n     .n_values = %zu},\n", name,
                e->d->n_value);
    }
    fprintf(out, "};\nconst size_t cs_n_enum_metas = %zu;\n\n", m->n_enums);
}

static void put_errors(FILE *out, const struct gen_rpc *rpc, unsigned tag)
{
    const Google__Protobuf__MethodOptions *options = rpc->d->options;

    fputs(",\n    .errors = (const struct cs_rpc_error[]){", out);
    for (unsigned i = 0; options && i < options->base.n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *f = &options->base.unknown_fields[i];
        size_t len;

        if (f->tag != tag)
            continue;
        /* "409 It is taken." -> {409, "It is taken."} */
        const unsigned char *text = option_text(f, &len);
        fprintf(out, "{%.3s, ", (const char *)text);
        put_bytes(out, text + 4, len > 4 ? len - 4 : 0);
        fputs("}, ", out);
    }
    fputs("{0}}", out);
}

static bool rpc_has(const struct gen_rpc *rpc, unsigned tag)
{
    const Google__Protobuf__MethodOptions *options = rpc->d->options;

    for (unsigned i = 0; options && i < options->base.n_unknown_fields; i++)
        if (options->base.unknown_fields[i].tag == tag)
            return options->base.unknown_fields[i].data[0] != 0;
    return false;
}

static void put_rpc(const struct gen_model *m, FILE *out, const struct gen_rpc *rpc)
{
    const char *service = gen_snake(rpc->service), *method = gen_snake(rpc->d->name);

    fprintf(out,
            "const struct cs_rpc cs_rpc_%s_%s = {\n"
            "    .service = \"%s\",\n    .method = \"%s\",\n    .name = \"%s/%s\",\n"
            "    .subject = \"%s%s.%s\",\n"
            "    .input = &%s__descriptor,\n    .output = &%s__descriptor,\n    .comment = ",
            service, method, service, method, service, method, &PACKAGE[1], service, method,
            gen_lower(rpc->d->input_type), gen_lower(rpc->d->output_type));
    put_string(out, rpc->comment);
    put_errors(out, rpc, m->error_tag);
    if (rpc_has(rpc, m->read_only_tag))
        fputs(",\n    .read_only = true", out);
    fputs(",\n};\n\n", out);
}

void gen_contract(const struct gen_model *m, FILE *out)
{
    fputs("/* Generated by cs_gen from proto/chatsphere/v1. */\n"
          "#include \"chatsphere/v1/names.h\"\n\n",
          out);
    put_messages(m, out);
    put_enums(m, out);
    for (size_t i = 0; i < m->n_rpcs; i++)
        put_rpc(m, out, &m->rpcs[i]);
    fputs("const struct cs_rpc *const cs_rpcs[] = {\n", out);
    for (size_t i = 0; i < m->n_rpcs; i++)
        fprintf(out, "    &cs_rpc_%s_%s,\n", gen_snake(m->rpcs[i].service),
                gen_snake(m->rpcs[i].d->name));
    fprintf(out, "};\nconst size_t cs_n_rpcs = %zu;\n", m->n_rpcs);
}
