/* What OTLP's protobuf looks like in JSON: ids in hex, 64-bit numbers as text, enums as numbers. */
#include "obs/otlp.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATUS_ERROR = 2 };

static json_t *number_text(int64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, n);
    return json_string(text);
}

static json_t *text_attr(const char *key, const char *value)
{
    return json_pack("{s:s,s:{s:s}}", "key", key, "value", "stringValue", value);
}

static json_t *attrs_of(const struct cs_span *s)
{
    json_t *list = json_array();

    for (int i = 0; i < s->n_attrs; i++) {
        const struct cs_span_attr *a = &s->attrs[i];
        json_array_append_new(list, a->text[0] ? text_attr(a->key, a->text)
                                               : json_pack("{s:s,s:{s:o}}", "key", a->key, "value",
                                                           "intValue", number_text(a->number)));
    }
    return list;
}

static json_t *span_json(const struct cs_span *s)
{
    json_t *o = json_pack("{s:s%,s:s%,s:s,s:i,s:i,s:o,s:o,s:o}", "traceId", s->own + CS_TRACE_AT,
                          (size_t)CS_TRACE_LEN, "spanId", s->own + CS_TRACE_SPAN_AT,
                          (size_t)CS_TRACE_SPAN_LEN, "name", s->name, "kind", (int)s->kind, "flags",
                          (int)strtol(s->own + CS_TRACE_FLAGS_AT, NULL, 16), "startTimeUnixNano",
                          number_text(s->start_ns), "endTimeUnixNano", number_text(s->end_ns),
                          "attributes", attrs_of(s));

    if (s->parent[0])
        json_object_set_new(o, "parentSpanId",
                            json_stringn(s->parent + CS_TRACE_SPAN_AT, CS_TRACE_SPAN_LEN));
    if (s->failed)
        json_object_set_new(o, "status", json_pack("{s:i}", "code", STATUS_ERROR));
    return o;
}

void cs_otlp_write(struct cs_buf *out, const char *service, const char *instance,
                   struct cs_span *const *spans, size_t n)
{
    json_t *list = json_array(), *whole;
    char *text;

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, span_json(spans[i]));
    whole = json_pack("{s:[{s:{s:[o,o,o]},s:[{s:{s:s},s:o}]}]}", "resourceSpans", "resource",
                      "attributes", text_attr("service.name", service),
                      text_attr("service.namespace", "chatsphere"),
                      text_attr("service.instance.id", instance), "scopeSpans", "scope", "name",
                      "chatsphere", "spans", list);
    text = json_dumps(whole, JSON_COMPACT);
    if (!text)
        abort();
    cs_buf_adds(out, text);
    free(text);
    json_decref(whole);
}
