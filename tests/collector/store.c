/* OTLP requests taken apart into spans, and traces described by the time spent in each service. */
#include "store.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SPANS = 100000, MAX_DEPTH = 64 };

static json_t *traces; /* id -> array of spans */
static size_t n_spans;

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* ---- taking ---- */

static bool hex(const char *s, size_t n)
{
    return strlen(s) == n && strspn(s, "0123456789abcdef") == n && strspn(s, "0") < n;
}

static json_t *flat_attributes(const json_t *list)
{
    json_t *o = json_object(), *a;
    size_t i;

    json_array_foreach(list, i, a) {
        json_t *value = json_object_get(a, "value"), *s = json_object_get(value, "stringValue");
        if (s)
            json_object_set(o, text(a, "key"), s);
        else
            json_object_set_new(o, text(a, "key"),
                                json_integer(strtoll(text(value, "intValue"), NULL, 10)));
    }
    return o;
}

static const char *wrong_with(const json_t *s)
{
    const char *parent = text(s, "parentSpanId");
    long long start = strtoll(text(s, "startTimeUnixNano"), NULL, 10);

    if (!hex(text(s, "traceId"), 32) || !hex(text(s, "spanId"), 16))
        return "malformed id";
    if (*parent && !hex(parent, 16))
        return "malformed parent";
    if (!*text(s, "name"))
        return "no name";
    if (start <= 0 || strtoll(text(s, "endTimeUnixNano"), NULL, 10) < start)
        return "it ends before it begins";
    return NULL;
}

static json_t *flat(const json_t *s, const char *service)
{
    json_t *status = json_object_get(s, "status");

    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:O?,s:b,s:s,s:s,s:o}", "trace", text(s, "traceId"),
                     "id", text(s, "spanId"), "parent", text(s, "parentSpanId"), "service", service,
                     "name", text(s, "name"), "kind", json_object_get(s, "kind"), "failed",
                     json_integer_value(json_object_get(status, "code")) == 2, "start_ns",
                     text(s, "startTimeUnixNano"), "end_ns", text(s, "endTimeUnixNano"),
                     "attributes", flat_attributes(json_object_get(s, "attributes")));
}

static void keep(json_t *span)
{
    json_t *list;

    if (n_spans == MAX_SPANS) {
        json_object_clear(traces);
        n_spans = 0;
    }
    list = json_object_get(traces, text(span, "trace"));
    if (!list) {
        list = json_array();
        json_object_set_new(traces, text(span, "trace"), list);
    }
    json_array_append(list, span);
    n_spans++;
}

static const char *add_scope(const json_t *scope, const char *service, json_t *ret)
{
    const char *wrong = NULL;
    json_t *s;
    size_t i;

    json_array_foreach(json_object_get(scope, "spans"), i, s) {
        if ((wrong = wrong_with(s)))
            return wrong;
        json_array_append_new(ret, flat(s, service));
    }
    return NULL;
}

static const char *add_resource(const json_t *resource, json_t *ret)
{
    json_t *attributes =
        flat_attributes(json_object_get(json_object_get(resource, "resource"), "attributes"));
    const char *wrong = *text(attributes, "service.name") ? NULL : "no service.name";
    json_t *scope;
    size_t i;

    json_array_foreach(json_object_get(resource, "scopeSpans"), i, scope) {
        if (!wrong)
            wrong = add_scope(scope, text(attributes, "service.name"), ret);
    }
    json_decref(attributes);
    return wrong;
}

const char *store_add(const json_t *request)
{
    json_t *resources = json_object_get(request, "resourceSpans"), *all = json_array(), *item;
    const char *wrong = json_is_array(resources) ? NULL : "no resourceSpans";
    size_t i;

    if (!traces)
        traces = json_object();
    json_array_foreach(resources, i, item) {
        if (!wrong)
            wrong = add_resource(item, all);
    }
    json_array_foreach(all, i, item) {
        if (!wrong)
            keep(item);
    }
    json_decref(all);
    return wrong;
}

/* ---- telling ---- */

json_t *store_counts(void)
{
    return json_pack("{s:i,s:i}", "traces", (int)json_object_size(traces), "spans", (int)n_spans);
}

static const json_t *find(const json_t *spans, const char *id)
{
    json_t *s;
    size_t i;

    json_array_foreach(spans, i, s) {
        if (strcmp(text(s, "id"), id) == 0)
            return s;
    }
    return NULL;
}

/* where a span was spent */
static const char *place(const json_t *s)
{
    const json_t *a = json_object_get(s, "attributes");

    if (*text(a, "db.system.name"))
        return text(a, "db.system.name");
    return *text(a, "server.address") ? text(a, "server.address") : text(s, "service");
}

static void write_path(const json_t *spans, const json_t *s, int depth, struct cs_buf *out)
{
    const json_t *parent = find(spans, text(s, "parent"));

    if (parent && depth < MAX_DEPTH)
        write_path(spans, parent, depth + 1, out);
    if (!parent || strcmp(place(parent), place(s)) != 0)
        cs_buf_addf(out, "%s%s", out->len ? " > " : "", place(s));
}

static void count(json_t *o, const char *key)
{
    json_object_set_new(o, key, json_integer(json_integer_value(json_object_get(o, key)) + 1));
}

static void describe(json_t *spans, const json_t *s, json_t *outside, json_t *paths, json_t *named)
{
    CS_BUF_AUTO struct cs_buf path = {0}, name = {0};

    if (*text(s, "parent") && !find(spans, text(s, "parent")))
        count(outside, text(s, "parent"));
    write_path(spans, s, 0, &path);
    count(paths, path.data);
    cs_buf_addf(&name, "%s %s", text(s, "service"), text(s, "name"));
    json_object_set(named, name.data, (json_t *)s);
}

json_t *store_trace(const char *id)
{
    json_t *spans = json_object_get(traces, id), *outside = json_object(), *paths = json_object(),
           *named = json_object(), *list = json_array(), *s;
    const char *key;
    size_t i;

    json_array_foreach(spans, i, s) {
        describe(spans, s, outside, paths, named);
    }
    json_object_foreach(outside, key, s) {
        json_array_append_new(list, json_string(key));
    }
    json_decref(outside);
    return json_pack("{s:i,s:o,s:o,s:o,s:o}", "count", (int)json_array_size(spans), "outside", list,
                     "paths", paths, "named", named, "spans",
                     spans ? json_incref(spans) : json_array());
}
