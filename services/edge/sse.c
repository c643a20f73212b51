/*
 * The text of an event for each case of a frame, and a stored turn told as if it had been
 * streamed.
 */
#include "edge/sse.h"

#include "edge/problem.h"

#include <string.h>

bool sse_frame(struct cs_buf *out, struct cs_arena *a, const Frame *f, const char *request_id)
{
    const ProtobufCMessageDescriptor *d = f->base.descriptor;
    const ProtobufCFieldDescriptor *kind = NULL;
    const char *data = NULL;
    size_t len = 0;

    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].id == (uint32_t)f->kind_case &&
            d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            kind = &d->fields[i];
    if (!kind || !f->start)
        return false;
    if (f->kind_case == FRAME_KIND_ERROR) {
        Problem known = *f->error;
        if (known.status < 400 || known.status > 599)
            known.status = CS_INTERNAL;
        data = cs_printf(a, "{\"problem\":%s}", problem_text(a, &known, request_id));
        len = strlen(data);
    } else {
        /* every case is a pointer in the same union */
        data = pbjson_text(a, &f->start->base, &len);
    }
    if (!data)
        return false;
    cs_buf_addf(out, "id: %u\nevent: %s\ndata: ", f->seq, kind->name);
    cs_buf_add(out, data, len);
    cs_buf_adds(out, "\n\n");
    return true;
}

static void frame_add(struct cs_buf *out, struct cs_arena *a, Frame *f, const char *request_id)
{
    f->seq++;
    sse_frame(out, a, f, request_id);
}

/* a stored message that was not answered to its end says why */
static void add_error(struct cs_buf *out, struct cs_arena *a, Frame *f, const Message *m,
                      const char *request_id)
{
    if (!m || !m->error)
        return;
    f->kind_case = FRAME_KIND_ERROR;
    f->error = Problem_new(a);
    f->error->status = CS_INTERNAL;
    f->error->detail = m->error;
    frame_add(out, a, f, request_id);
}

static const char *finish_reason(const Message *m)
{
    switch (m && m->has_status ? m->status : MESSAGE_STATUS_COMPLETED) {
    case MESSAGE_STATUS_FAILED: return "error";
    case MESSAGE_STATUS_INTERRUPTED: return "interrupted";
    case MESSAGE_STATUS_CANCELLED: return "cancelled";
    default: return "stop";
    }
}

void sse_turn(struct cs_buf *out, struct cs_arena *a, const Turn *turn, const char *request_id)
{
    Frame f = FRAME_INIT;
    StartFrame start = START_FRAME_INIT;
    EndFrame end = END_FRAME_INIT;
    const Message *m = turn->message;

    start.turn_id = turn->turn_id;
    start.conversation_id = turn->conversation_id;
    start.session_id = turn->session_id;
    start.visitor_token = turn->visitor_token;
    start.message_id = end.message_id = m ? m->id : NULL;
    f.kind_case = FRAME_KIND_START;
    f.start = &start;
    frame_add(out, a, &f, request_id);
    if (m && m->n_sources) {
        SourcesFrame sources = SOURCES_FRAME_INIT;
        sources.n_items = m->n_sources;
        sources.items = m->sources;
        f.kind_case = FRAME_KIND_SOURCES;
        f.sources = &sources;
        frame_add(out, a, &f, request_id);
    }
    if (m && m->content && *m->content) {
        DeltaFrame delta = DELTA_FRAME_INIT;
        delta.text = m->content;
        f.kind_case = FRAME_KIND_DELTA;
        f.delta = &delta;
        frame_add(out, a, &f, request_id);
    }
    if (m && m->usage) {
        f.kind_case = FRAME_KIND_USAGE;
        f.usage = m->usage;
        frame_add(out, a, &f, request_id);
    }
    add_error(out, a, &f, m, request_id);
    end.finish_reason = cs_strdup(a, finish_reason(m));
    f.kind_case = FRAME_KIND_END;
    f.end = &end;
    frame_add(out, a, &f, request_id);
}
