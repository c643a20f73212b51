/* The frames of a stored turn, in the order of a stream. */
#include "edge/told.h"

#include "base/err.h"

static const char *told_reason(const Message *m)
{
    switch (m && m->has_status ? m->status : MESSAGE_STATUS_COMPLETED) {
    case MESSAGE_STATUS_FAILED: return "error";
    case MESSAGE_STATUS_INTERRUPTED: return "interrupted";
    case MESSAGE_STATUS_CANCELLED: return "cancelled";
    default: return "stop";
    }
}

static void told_start(struct cs_arena *a, const Turn *turn, Frame *f)
{
    StartFrame *start = StartFrame_new(a);

    start->turn_id = turn->turn_id;
    start->conversation_id = turn->conversation_id;
    start->session_id = turn->session_id;
    start->visitor_token = turn->visitor_token;
    start->message_id = turn->message ? turn->message->id : NULL;
    f->kind_case = FRAME_KIND_START;
    f->start = start;
}

static bool told_sources(struct cs_arena *a, const Turn *turn, Frame *f)
{
    if (!turn->message || turn->message->n_sources == 0)
        return false;
    f->kind_case = FRAME_KIND_SOURCES;
    f->sources = SourcesFrame_new(a);
    f->sources->n_items = turn->message->n_sources;
    f->sources->items = turn->message->sources;
    return true;
}

static bool told_text(struct cs_arena *a, const Turn *turn, Frame *f)
{
    if (!turn->message || !turn->message->content || !*turn->message->content)
        return false;
    f->kind_case = FRAME_KIND_DELTA;
    f->delta = DeltaFrame_new(a);
    f->delta->text = turn->message->content;
    return true;
}

bool told_outcome(struct cs_arena *a, const Turn *turn, Frame *f)
{
    const Message *m = turn->message;

    if (m && m->error) {
        f->kind_case = FRAME_KIND_ERROR;
        f->error = Problem_new(a);
        f->error->status = CS_INTERNAL;
        f->error->detail = m->error;
        return true;
    }
    if (!m || !m->usage)
        return false;
    f->kind_case = FRAME_KIND_USAGE;
    f->usage = m->usage;
    return true;
}

void told_end(struct cs_arena *a, const Turn *turn, Frame *f)
{
    f->kind_case = FRAME_KIND_END;
    f->end = EndFrame_new(a);
    f->end->message_id = turn->message ? turn->message->id : NULL;
    f->end->finish_reason = cs_strdup(a, told_reason(turn->message));
}

void told_turn(struct cs_arena *a, const Turn *turn, bool (*fn)(void *user, const Frame *f),
               void *user)
{
    bool (*const parts[])(struct cs_arena *, const Turn *, Frame *) = {told_sources, told_text,
                                                                       told_outcome};
    Frame f = FRAME_INIT;

    f.seq = 1;
    told_start(a, turn, &f);
    if (!fn(user, &f))
        return;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!parts[i](a, turn, &f))
            continue;
        f.seq++;
        if (!fn(user, &f))
            return;
    }
    f.seq++;
    told_end(a, turn, &f);
    fn(user, &f);
}
