/*
 * Path, query and body are read in this order, so that a wrong field is reported where it stands.
 */
#include "edge/transcode.h"

#include "edge/answer.h"

#include "base/utf8.h"

#include <string.h>

enum { QUERY_FIELDS = 32, QUERY_VALUE = 8192 };

static char *decode_query(struct request *r, const char *s, size_t n)
{
    char *copy = cs_strndup(r->http->arena, s, n);
    char *out = n < QUERY_VALUE ? cs_alloc(r->http->arena, n + 1) : NULL;

    for (char *p = copy; *p; p++)
        if (*p == '+')
            *p = ' ';
    if (!out || !route_decode(copy, strlen(copy), out, n + 1))
        return NULL;
    return cs_utf8_check(out, strlen(out)) == strlen(out) ? out : NULL;
}

static void fill_query_field(struct request *r, const char *s, size_t n,
                             struct pbjson_errors *errors)
{
    const char *equals = memchr(s, '=', n);
    size_t name_len = equals ? (size_t)(equals - s) : n;
    char *name = decode_query(r, s, name_len);
    char *value = equals ? decode_query(r, equals + 1, n - name_len - 1)
                  : name ? name + name_len
                         : NULL;
    bool in_path = false;

    for (int i = 0; name && i < r->match.n_params; i++)
        in_path = in_path || strcmp(r->match.params[i].name, name) == 0;
    if (!name || !value)
        pbjson_error(errors, name ? name : "", "The value is badly encoded or too long.");
    else if (in_path)
        pbjson_error(errors, name, "The field is already part of the path.");
    else
        pbjson_set_text(r->http->arena, r->msg, name, value, errors);
}

static void fill_query(struct request *r, struct pbjson_errors *errors)
{
    const char *s = r->http->query;

    for (int n = 0; *s; n++) {
        size_t len = strcspn(s, "&");
        if (n == QUERY_FIELDS) {
            pbjson_error(errors, "", "The URL has too many query parameters.");
            return;
        }
        if (len)
            fill_query_field(r, s, len, errors);
        s += len + (s[len] == '&');
    }
}

bool transcode_object(struct request *r, json_t *body)
{
    static const char nil[] = "00000000-0000-0000-0000-000000000000";
    struct pbjson_errors errors = {.n = 0};

    r->msg = pbjson_new(r->http->arena, r->route->rpc->input);
    for (int i = 0; body && i < r->match.n_params; i++) {
        const char *name = r->match.params[i].name;
        if (json_object_get(body, name)) {
            pbjson_error(&errors, name, "The field is already part of the path.");
            json_object_del(body, name);
        }
    }
    if (body)
        pbjson_read(r->http->arena, body, r->msg, &errors);
    json_decref(body);
    fill_query(r, &errors);
    for (int i = 0; i < r->match.n_params; i++) {
        const struct route_param *p = &r->match.params[i];
        bool malformed = route_is_id(p->name) && !cs_id_valid(p->value);
        pbjson_set_text(r->http->arena, r->msg, p->name, malformed ? nil : p->value, &errors);
    }
    if (errors.n == 0)
        return true;
    answer_fields(r, &errors);
    return false;
}

static bool type_is_json(const char *type)
{
    size_t n = type ? strcspn(type, "; ") : 0;

    return (n == 16 && strncasecmp(type, "application/json", n) == 0) ||
           (n > 17 && strncasecmp(type, "application/", 12) == 0 &&
            strncasecmp(type + n - 5, "+json", 5) == 0);
}

bool transcode_body(struct request *r, json_t **ret)
{
    struct pbjson_errors errors = {.n = 0};
    const struct http_request *http = r->http;
    bool takes = r->route->method != HTTP_GET && !(r->route->flags & ROUTE_NO_BODY);

    if (http->body_len == 0)
        return true;
    if (!takes && !(http->body_len == 2 && memcmp(http->body, "{}", 2) == 0)) {
        answer_error(r, CS_INVALID, "The operation has no request body.");
        return false;
    }
    if (http->body_len > HTTP_LARGE) {
        answer_error(r, CS_TOO_LARGE, "The body may have at most 1 MiB.");
        return false;
    }
    if (!type_is_json(http_header(http, "content-type"))) {
        answer_error(r, CS_MEDIA, "The body must be application/json.");
        return false;
    }
    *ret = pbjson_parse(http->arena, http->body, http->body_len, &errors);
    if (*ret && !json_is_object(*ret)) {
        json_decref(*ret);
        *ret = NULL;
        pbjson_error(&errors, "", "The body must be a JSON object.");
    }
    if (errors.n == 0)
        return true;
    answer_fields(r, &errors);
    return false;
}

bool transcode_in(struct request *r)
{
    json_t *body = NULL;

    return transcode_body(r, &body) && transcode_object(r, body);
}

bool transcode_wants_stream(const ProtobufCMessage *msg)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(msg->descriptor, "stream");

    if (!f || f->type != PROTOBUF_C_TYPE_BOOL)
        return false;
    return *(const protobuf_c_boolean *)((const char *)msg + f->offset);
}
