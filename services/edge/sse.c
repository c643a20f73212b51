/* The text of an event for each case of a frame. */
#include "edge/sse.h"

#include "edge/problem.h"

#include <string.h>

const char *sse_frame_data(struct cs_arena *a, const Frame *f, const char *request_id,
                           const char **ret_kind, size_t *ret_len)
{
    const ProtobufCMessageDescriptor *d = f->base.descriptor;
    const ProtobufCFieldDescriptor *kind = NULL;

    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].id == (uint32_t)f->kind_case &&
            d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            kind = &d->fields[i];
    if (!kind || !f->start)
        return NULL;
    *ret_kind = kind->name;
    if (f->kind_case != FRAME_KIND_ERROR)
        /* every case is a pointer in the same union */
        return pbjson_text(a, &f->start->base, ret_len);
    Problem known = *f->error;
    if (known.status < 400 || known.status > 599)
        known.status = CS_INTERNAL;
    const char *data = cs_printf(a, "{\"problem\":%s}", problem_text(a, &known, request_id));
    *ret_len = strlen(data);
    return data;
}

/* An event of the platform bears its own id, and no name, so that a browser's EventSource hands it on as a message. One
 * without an id opens the stream. */
static bool sse_event(struct cs_buf *out, struct cs_arena *a, const CloudEvent *event)
{
    size_t len = 0;

    if (!event->id) {
        cs_buf_adds(out, SSE_COMMENT);
        return true;
    }
    cs_buf_addf(out, "id: %s\ndata: ", event->id);
    const char *data = pbjson_text(a, &event->base, &len);
    cs_buf_add(out, data, len);
    cs_buf_adds(out, "\n\n");
    return true;
}

bool sse_frame(struct cs_buf *out, struct cs_arena *a, const Frame *f, const char *request_id)
{
    const char *kind;
    size_t len = 0;

    if (f->kind_case == FRAME_KIND_EVENT && f->event)
        return sse_event(out, a, f->event);
    const char *data = sse_frame_data(a, f, request_id, &kind, &len);
    if (!data)
        return false;
    cs_buf_addf(out, "id: %u\nevent: %s\ndata: ", f->seq, kind);
    cs_buf_add(out, data, len);
    cs_buf_adds(out, "\n\n");
    return true;
}
