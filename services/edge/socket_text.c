/* A row for each kind of message, with the fields that it has. */
#include "edge/socket_text.h"

#include "base/id.h"
#include "base/utf8.h"

#include <string.h>

enum field { TOKEN = 1, CONTENT = 2, CLIENT_ID = 4, TURN_ID = 8, AFTER = 16 };
enum { NEEDED_SHIFT = 8 };
#define NEEDS(f_) ((unsigned)(f_) | (unsigned)(f_) << NEEDED_SHIFT)

static const struct {
    const char *name;
    unsigned fields;
} kinds[] = {
    [SOCKET_AUTH] = {"auth", NEEDS(TOKEN)},
    [SOCKET_MESSAGE] = {"message", NEEDS(CONTENT) | CLIENT_ID},
    [SOCKET_CANCEL] = {"cancel", NEEDS(TURN_ID)},
    [SOCKET_RESUME] = {"resume", NEEDS(TURN_ID) | AFTER},
    [SOCKET_PING] = {"ping", 0},
};
enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct {
    const char *name;
    enum field field;
} fields[] = {
    {"token", TOKEN},     {"content", CONTENT}, {"client_id", CLIENT_ID},
    {"turn_id", TURN_ID}, {"after", AFTER},
};
enum { N_FIELDS = sizeof(fields) / sizeof(fields[0]) };

static void read_text(struct cs_arena *a, const json_t *v, const char *name, const char **ret,
                      struct pbjson_errors *errors)
{
    if (json_is_string(v))
        *ret = cs_strndup(a, json_string_value(v), json_string_length(v));
    else
        pbjson_error(errors, name, "The value must be a string.");
}

static void read_client_id(struct cs_arena *a, const json_t *v, const char **ret,
                           struct pbjson_errors *errors)
{
    const char *id = NULL;

    read_text(a, v, "client_id", &id, errors);
    if (id && cs_utf8_head(id, strlen(id), SOCKET_CLIENT_ID) < strlen(id))
        pbjson_error(errors, "client_id", "The value must have at most 64 characters.");
    else
        *ret = id;
}

static void read_after(const json_t *v, uint32_t *ret, struct pbjson_errors *errors)
{
    json_int_t n = json_integer_value(v);

    if (!json_is_integer(v) || n < 0 || n > UINT32_MAX)
        pbjson_error(errors, "after", "The value must be a whole number from 0 to 4294967295.");
    else
        *ret = (uint32_t)n;
}

static void read_field(struct cs_arena *a, const json_t *v, enum field f,
                       struct socket_message *ret, struct pbjson_errors *errors)
{
    switch (f) {
    case TOKEN: read_text(a, v, "token", &ret->token, errors); break;
    case CONTENT: read_text(a, v, "content", &ret->content, errors); break;
    case CLIENT_ID: read_client_id(a, v, &ret->client_id, errors); break;
    case TURN_ID: read_text(a, v, "turn_id", &ret->turn_id, errors); break;
    case AFTER: read_after(v, &ret->after, errors); break;
    }
}

/* -1: no such kind */
static int read_kind(const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));

    for (int i = 0; type && i < N_KINDS; i++)
        if (strcmp(kinds[i].name, type) == 0)
            return i;
    return -1;
}

static void read_fields(struct cs_arena *a, json_t *object, struct socket_message *ret,
                        struct pbjson_errors *errors)
{
    unsigned may = kinds[ret->kind].fields, seen = 0;
    const char *name;
    json_t *v;

    json_object_foreach(object, name, v) {
        int i = 0;
        while (i < N_FIELDS && strcmp(fields[i].name, name) != 0)
            i++;
        if (i < N_FIELDS && (may & fields[i].field)) {
            if (!json_is_null(v)) {
                seen |= fields[i].field;
                read_field(a, v, fields[i].field, ret, errors);
            }
        } else if (strcmp(name, "type") != 0) {
            pbjson_error(errors, cs_strdup(a, name), "The message has no such field.");
        }
    }
    for (int i = 0; i < N_FIELDS; i++)
        if ((may & (unsigned)fields[i].field << NEEDED_SHIFT) && !(seen & fields[i].field))
            pbjson_error(errors, fields[i].name, "The field is required.");
}

bool socket_read(struct cs_arena *a, const char *text, size_t len, struct socket_message *ret,
                 struct pbjson_errors *errors)
{
    json_t *object = pbjson_parse(a, text, len, errors);
    int kind = json_is_object(object) ? read_kind(object) : -1;

    *ret = (struct socket_message){0};
    if (object && !json_is_object(object)) {
        pbjson_error(errors, "", "The message must be a JSON object.");
    } else if (object && kind < 0) {
        pbjson_error(errors, "type",
                     "The value must be one of auth, message, cancel, resume, ping.");
    } else if (object) {
        ret->kind = (enum socket_kind)kind;
        read_fields(a, object, ret, errors);
    }
    json_decref(object);
    return errors->n == 0;
}

const char *socket_write(struct cs_arena *a, const char *kind, uint32_t seq, const char *turn_id,
                         const char *client_id, const char *data, size_t data_len, size_t *ret_len)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_addf(&b, "{\"type\":\"%s\"", kind);
    if (seq)
        cs_buf_addf(&b, ",\"seq\":%u", seq);
    if (turn_id)
        cs_buf_addf(&b, ",\"turn_id\":\"%s\"", turn_id);
    if (client_id) {
        cs_buf_adds(&b, ",\"client_id\":");
        pbjson_put_string(&b, client_id);
    }
    if (data_len > 2) {
        cs_buf_adds(&b, ",");
        cs_buf_add(&b, data + 1, data_len - 1);
    } else {
        cs_buf_adds(&b, "}");
    }
    *ret_len = b.len;
    return cs_strndup(a, b.data, b.len);
}
