/*
 * isolation: for every route of /api/openapi.json, tenant B gets for tenant A's ids byte for byte
 * what it gets for unknown ids (request id aside). A new route is covered by being in the document.
 *
 *     isolation <base url>
 */
#include "../support/client.h"

#include "base/clock.h"
#include "base/id.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct tc client;
    char *a, *b; /* tokens of the two tenants */
    json_t *ids; /* parameter name -> an id of A's */
    json_t *spec;
    int n_passed, n_failed;
    int n_queries; /* routes that take an id in the query */
};

static void own(struct world *w, const char *name, const char *id)
{
    json_object_set_new(w->ids, name, json_string(id));
}

/* POSTs as A and remembers the id at `path` ("id" or "document.id") under `name`. */
static void make(struct world *w, const char *name, const char *at, const char *body,
                 const char *field)
{
    struct tc_reply r;
    json_t *v = tc_json(&w->client, "POST", at, w->a, body, &r);
    char first[32];
    const char *dot = strchr(field, '.');

    snprintf(first, sizeof(first), "%.*s", (int)(dot ? dot - field : (int)sizeof(first) - 1),
             field);
    v = json_object_get(v, first);
    if (dot)
        v = json_object_get(v, dot + 1);
    if (!json_is_string(v)) {
        fprintf(stderr, "isolation: POST %s: %ld %s\n", at, r.status, r.body.data);
        exit(1);
    }
    own(w, name, json_string_value(v));
    tc_reply_free(&r);
}

static const char *id_of(const struct world *w, const char *name)
{
    return json_string_value(json_object_get(w->ids, name));
}

/* Other parameters of paths are words that mean the same to everybody. */
static bool is_id(const char *name)
{
    return strcmp(name, "provider") != 0 && strcmp(name, "part") != 0;
}

/* A's id for a parameter of a path: one that was made for this very path, or that of its name. */
static const char *path_id_of(const struct world *w, const char *template, const char *name)
{
    const char *id = id_of(w, template);

    return id ? id : id_of(w, name);
}

/* The session A is signed in with; the name is that of a visitor's session elsewhere. */
static void own_device(struct world *w)
{
    struct tc_reply r;
    json_t *v = tc_json(&w->client, "GET", "/api/v1/auth/sessions", w->a, NULL, &r);
    const char *id =
        json_string_value(json_object_get(json_array_get(json_object_get(v, "items"), 0), "id"));

    if (!id) {
        fprintf(stderr, "isolation: GET /api/v1/auth/sessions: %ld %s\n", r.status, r.body.data);
        exit(1);
    }
    own(w, "/api/v1/auth/sessions/{session_id}", id);
    tc_reply_free(&r);
}

/* A webhook with a delivery, and an event subscription: all their paths name them {id}. */
static void furnish_readers(struct world *w)
{
    static const char *const hooks[] = {
        "/api/v1/webhooks/{id}",
        "/api/v1/webhooks/{id}/test",
        "/api/v1/webhooks/{id}/rotate",
        "/api/v1/webhooks/{id}/replay",
        "/api/v1/webhooks/{id}/deliveries",
        "/api/v1/webhooks/{id}/deliveries/{delivery_id}",
    };
    static const char *const subscriptions[] = {
        "/api/v1/event-subscriptions/{id}",
        "/api/v1/event-subscriptions/{id}/rotate",
        "/api/v1/event-subscriptions/{id}/replay",
    };
    char at[256];

    make(w, "webhook_id", "/api/v1/webhooks", "{\"url\":\"https://nothing.invalid/\"}", "id");
    snprintf(at, sizeof(at), "/api/v1/webhooks/%s/test", id_of(w, "webhook_id"));
    make(w, "delivery_id", at, "", "id");
    make(w, "subscription_id", "/api/v1/event-subscriptions", "{\"name\":\"s\"}", "id");
    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
        own(w, hooks[i], id_of(w, "webhook_id"));
    for (size_t i = 0; i < sizeof(subscriptions) / sizeof(subscriptions[0]); i++)
        own(w, subscriptions[i], id_of(w, "subscription_id"));
}

/* One of everything that has an id. */
static void furnish(struct world *w)
{
    char at[256], body[256];

    make(w, "bot_id", "/api/v1/bots", "{\"name\":\"private\"}", "id");
    make(w, "id", "/api/v1/api-keys", "{\"name\":\"k\",\"scopes\":[\"bots:read\"]}", "id");
    snprintf(at, sizeof(at), "/api/v1/bots/%s/documents", id_of(w, "bot_id"));
    make(w, "document_id", at,
         "{\"name\":\"a.md\",\"text\":\"# Secret\\n\\nThe vault opens at nine.\"}", "document.id");
    snprintf(at, sizeof(at), "/api/v1/bots/%s/evaluations", id_of(w, "bot_id"));
    make(w, "evaluation_id", at,
         "{\"questions\":[{\"question\":\"Vault?\",\"expected\":{\"text\":\"nine\"}}]}", "id");
    snprintf(at, sizeof(at), "/api/v1/bots/%s/uploads", id_of(w, "bot_id"));
    make(w, "upload_id", at, "{\"name\":\"b.md\"}", "id");
    snprintf(at, sizeof(at), "/api/v1/bots/%s/sources", id_of(w, "bot_id"));
    make(w, "source_id", at, "{\"url\":\"http://nothing.invalid/\"}", "id");
    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", id_of(w, "bot_id"));
    make(w, "conversation_id", "/api/v1/conversations", body, "id");
    snprintf(at, sizeof(at), "/api/v1/conversations/%s/messages", id_of(w, "conversation_id"));
    make(w, "turn_id", at, "{\"content\":\"When does the vault open?\"}", "turn_id");
    make(w, "message_id", at, "{\"content\":\"And when does it close?\"}", "message.id");
    own(w, "session_id", id_of(w, "conversation_id"));
    own(w, "provider", "openai");
    own(w, "part", "0");
    own_device(w);
    furnish_readers(w);
}

static json_t *resolve(const struct world *w, json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));

    if (!ref || strncmp(ref, "#/components/schemas/", 21) != 0)
        return schema;
    return json_object_get(json_object_get(json_object_get(w->spec, "components"), "schemas"),
                           ref + 21);
}

/* The smallest value that fits a schema; ids by name, unknown ones when `unknown` is given. */
static json_t *sample(const struct world *w, json_t *schema, const char *name, const char *unknown)
{
    const char *id = name ? id_of(w, name) : NULL;
    json_t *s = resolve(w, schema), *type = json_object_get(s, "type");
    const char *word = json_string_value(json_is_array(type) ? json_array_get(type, 0) : type);
    json_t *object, *required, *item;
    size_t i;

    if (id && is_id(name) && strcmp(name, "id") != 0)
        return json_string(unknown ? unknown : id);
    if (json_object_get(s, "enum"))
        return json_incref(json_array_get(json_object_get(s, "enum"), 0));
    if (word && (strcmp(word, "integer") == 0 || strcmp(word, "number") == 0))
        return json_integer(1);
    if (word && strcmp(word, "boolean") == 0)
        return json_true();
    if (word && strcmp(word, "array") == 0) {
        json_t *list = json_array();
        json_array_append_new(list, json_string("bots:read"));
        return list;
    }
    if (word && strcmp(word, "string") == 0 && json_object_get(s, "format") &&
        strcmp(json_string_value(json_object_get(s, "format")), "date-time") == 0)
        return json_string("2026-01-01T00:00:00Z");
    if (word && strcmp(word, "string") == 0)
        return json_string("abcdefghijklmno");
    object = json_object();
    required = json_object_get(s, "required");
    json_array_foreach(required, i, item) {
        const char *key = json_string_value(item);
        json_t *property = json_object_get(json_object_get(s, "properties"), key);
        json_object_set_new(object, key, sample(w, property, key, unknown));
    }
    /* a document is sent as a text, as a file or as a URL; the schema requires none of them */
    if (json_object_get(json_object_get(s, "properties"), "text"))
        json_object_set_new(object, "text", json_string("some text"));
    if (json_object_get(object, "text") &&
        json_object_get(json_object_get(s, "properties"), "name"))
        json_object_set_new(object, "name", json_string("some.md"));
    return object;
}

/* The path with its parameters filled: A's ids, or `unknown` for all of them. */
static bool fill_path(const struct world *w, const char *template, const char *unknown,
                      struct cs_buf *out)
{
    bool any = false;

    for (const char *p = template; *p; p++) {
        char name[64];
        const char *end, *id;
        if (*p != '{') {
            cs_buf_add(out, p, 1);
            continue;
        }
        end = strchr(p, '}');
        snprintf(name, sizeof(name), "%.*s", (int)(end - p - 1), p + 1);
        id = path_id_of(w, template, name);
        if (!id) {
            fprintf(stderr, "isolation: %s: nothing is made that has a {%s}; teach furnish()\n",
                    template, name);
            exit(1);
        }
        cs_buf_adds(out, unknown && is_id(name) ? unknown : id);
        any = true;
        p = end;
    }
    return any;
}

/* Takes out what is the request's own: its id, and times. */
static void strip(struct cs_buf *body)
{
    char *at = body->data ? strstr(body->data, "\"instance\":\"") : NULL;

    if (at)
        for (at += 12; *at && *at != '"'; at++)
            *at = '-';
}

/* The ids that may stand in the query, as they stand there. */
static bool fill_query(const struct world *w, json_t *op, const char *unknown, struct cs_buf *out)
{
    json_t *parameter;
    bool any = false;
    size_t i;

    json_array_foreach(json_object_get(op, "parameters"), i, parameter) {
        const char *in = json_string_value(json_object_get(parameter, "in"));
        const char *name = json_string_value(json_object_get(parameter, "name"));
        const char *id = name ? id_of(w, name) : NULL;
        if (!in || strcmp(in, "query") != 0 || !id)
            continue;
        cs_buf_addf(out, "%c%s=%s", any ? '&' : '?', name, unknown ? unknown : id);
        any = true;
    }
    return any;
}

static void call(struct world *w, const char *who, const char *method, const char *template,
                 json_t *op, const char *unknown, struct tc_reply *r)
{
    CS_BUF_AUTO struct cs_buf path = {0};
    json_t *content = json_object_get(json_object_get(op, "requestBody"), "content");
    json_t *schema = json_object_get(json_object_get(content, "application/json"), "schema");
    const char *bytes = json_string_value(
        json_object_get(json_object_get(content, "application/octet-stream"), "example"));
    json_t *body = schema ? sample(w, schema, NULL, unknown) : NULL;
    char *text = body ? json_dumps(body, 0) : bytes ? strdup(bytes) : NULL, upper[16] = "";

    for (size_t i = 0; i < sizeof(upper) - 1 && method[i]; i++)
        upper[i] = (char)toupper((unsigned char)method[i]);
    fill_path(w, template, unknown, &path);
    fill_query(w, op, unknown, &path);
    tc_json(&w->client, upper, path.data, who, text, r);
    strip(&r->body);
    free(text);
    json_decref(body);
}

static bool names_ids(const struct world *w, const char *template, json_t *op)
{
    json_t *content = json_object_get(json_object_get(op, "requestBody"), "content");
    json_t *schema =
        resolve(w, json_object_get(json_object_get(content, "application/json"), "schema"));
    json_t *required = json_object_get(schema, "required"), *item;
    size_t i;

    if (strchr(template, '{'))
        return true;
    json_array_foreach(required, i, item) {
        const char *key = json_string_value(item);
        if (id_of(w, key) && is_id(key))
            return true;
    }
    return false;
}

/* A route that lists by an id: A finds what another one cannot. */
static bool lists(struct world *w, const char *method, const char *template, json_t *op,
                  const char *nothing)
{
    struct tc_reply own;

    call(w, w->a, method, template, op, NULL, &own);
    bool ok = own.status == 200 && strcmp(own.body.data, nothing) != 0;
    tc_reply_free(&own);
    return ok;
}

static void check(struct world *w, const char *method, const char *template, json_t *op)
{
    CS_BUF_AUTO struct cs_buf query = {0};
    char unknown[CS_ID_SIZE];
    struct tc_reply foreign, none;
    bool same, must = names_ids(w, template, op), may = fill_query(w, op, NULL, &query);

    if (!must && !may)
        return;
    w->n_queries += may;
    cs_id_new(unknown);
    call(w, w->b, method, template, op, unknown, &none);
    call(w, w->b, method, template, op, NULL, &foreign);
    same = foreign.status == none.status && strcmp(foreign.body.data, none.body.data) == 0 &&
           (foreign.status == 404 || foreign.status == 403 ||
            (!must && lists(w, method, template, op, none.body.data)));
    if (same) {
        w->n_passed++;
        printf("  ok    %s %s: %ld\n", method, template, foreign.status);
    } else {
        w->n_failed++;
        printf("  FAIL  %s %s\n        A's id: %ld %.400s\n        unknown: %ld %.400s\n", method,
               template, foreign.status, foreign.body.data, none.status, none.body.data);
    }
    tc_reply_free(&foreign);
    tc_reply_free(&none);
}

/* A list that names no id shows nothing of A's to B. */
static void check_list(struct world *w, const char *template)
{
    struct tc_reply r;
    const char *name, *shown = NULL;
    json_t *id;

    tc_json(&w->client, "GET", template, w->b, NULL, &r);
    json_object_foreach(w->ids, name, id) {
        if (is_id(name) && r.body.data && strstr(r.body.data, json_string_value(id)))
            shown = name;
    }
    if (shown)
        w->n_failed++;
    else
        w->n_passed++;
    printf("  %s  GET %s shows nothing of A's%s%s\n", shown ? "FAIL" : "ok  ", template,
           shown ? ", but " : "", shown ? shown : "");
    tc_reply_free(&r);
}

/* What B did to A's ids must have changed nothing. */
static void check_intact(struct world *w)
{
    CS_BUF_AUTO struct cs_buf path = {0};
    struct tc_reply r;

    cs_buf_addf(&path, "/api/v1/bots/%s/documents/%s", id_of(w, "bot_id"), id_of(w, "document_id"));
    tc_json(&w->client, "GET", path.data, w->a, NULL, &r);
    if (r.status == 200)
        w->n_passed++;
    else
        w->n_failed++;
    printf("  %s  A's document is still there: %ld\n", r.status == 200 ? "ok  " : "FAIL", r.status);
    tc_reply_free(&r);
}

int main(int argc, char **argv)
{
    struct world w = {.ids = json_object()};
    struct tc_reply spec;
    const char *template, *method;
    json_t *item, *op;

    if (argc != 2) {
        fprintf(stderr, "usage: isolation <base url>\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    tc_init(&w.client, argv[1]);
    w.a = tc_register(&w.client, "tenant-a");
    w.b = tc_register(&w.client, "tenant-b");
    if (!w.a || !w.b)
        return 1;
    furnish(&w);
    w.spec = tc_json(&w.client, "GET", "/api/openapi.json", NULL, NULL, &spec);
    json_object_foreach(json_object_get(w.spec, "paths"), template, item) {
        json_object_foreach(item, method, op) {
            if (json_is_object(op))
                check(&w, method, template, op);
            if (strcmp(method, "get") == 0 && !strchr(template, '{'))
                check_list(&w, template);
        }
    }
    check_intact(&w);
    if (w.n_passed < 20 || w.n_queries == 0) {
        printf("  FAIL  only %d routes with ids were found, %d with one in the query\n", w.n_passed,
               w.n_queries);
        w.n_failed++;
    }
    printf("isolation: %d passed, %d failed, 0 skipped\n", w.n_passed, w.n_failed);
    tc_reply_free(&spec);
    json_decref(w.ids);
    free(w.a);
    free(w.b);
    tc_free(&w.client);
    curl_global_cleanup();
    return w.n_failed > 0;
}
