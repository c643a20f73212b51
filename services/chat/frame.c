/* The frames of a turn, one function each. */
#include "chat/frame.h"

#include "base/clock.h"
#include "chat/running.h"
#include "chat/turn.h"

void frame_start(struct turn *t)
{
    StartFrame start = START_FRAME_INIT;
    Frame frame = FRAME_INIT;

    start.turn_id = t->id;
    start.conversation_id = (char *)t->conversation;
    start.message_id = t->message_id;
    start.session_id = (char *)t->session;
    start.visitor_token = (char *)t->visitor_token;
    frame.kind_case = FRAME_KIND_START;
    frame.start = &start;
    cs_frame(t->call, &frame);
}

void frame_delta(void *state, const char *text, size_t len)
{
    struct turn *t = state;
    DeltaFrame delta = DELTA_FRAME_INIT;
    Frame frame = FRAME_INIT;

    if (!t->call->frames)
        return;
    delta.text = cs_strndup(t->call->arena, text, len);
    frame.kind_case = FRAME_KIND_DELTA;
    frame.delta = &delta;
    t->framed_ms = cs_mono_ms();
    cs_frame(t->call, &frame);
}

void frame_reasoning(void *state, const char *text, size_t len)
{
    struct turn *t = state;
    ReasoningFrame reasoning = REASONING_FRAME_INIT;
    Frame frame = FRAME_INIT;

    reasoning.text = cs_strndup(t->call->arena, text, len);
    frame.kind_case = FRAME_KIND_REASONING;
    frame.reasoning = &reasoning;
    t->framed_ms = cs_mono_ms();
    cs_frame(t->call, &frame);
}

void frame_thinking(struct turn *t)
{
    StatusFrame status = STATUS_FRAME_INIT;
    Frame frame = FRAME_INIT;

    t->framed_ms = cs_mono_ms();
    if (!t->call->frames)
        return;
    status.state = (char *)(t->tool ? "tool" : "thinking");
    status.tool = (char *)(t->session ? NULL : t->tool);
    frame.kind_case = FRAME_KIND_STATUS;
    frame.status = &status;
    cs_frame(t->call, &frame);
}

/* A process can send so many frames a second. A thousand answers at once get eight deltas each. */
int64_t frame_pace(void)
{
    enum { SLOWEST_MS = 125, AT_FULL_PACE = 100 };
    size_t n = running_count();
    int64_t ms = n > AT_FULL_PACE ? DELTA_MS + (int64_t)(n - AT_FULL_PACE) / 8 : DELTA_MS;

    return ms < SLOWEST_MS ? ms : SLOWEST_MS;
}

static void frame_problem(struct cs_call *call)
{
    Problem problem = PROBLEM_INIT;
    Frame frame = FRAME_INIT;

    Problem_set_status(&problem, call->status);
    problem.code = (char *)(call->code ? call->code : cs_error_code(call->status));
    problem.title = (char *)cs_error_title(call->status);
    problem.detail = (char *)call->detail;
    if (call->retry_after_ms > 0)
        Problem_set_retry_after_ms(&problem, call->retry_after_ms);
    frame.kind_case = FRAME_KIND_ERROR;
    frame.error = &problem;
    cs_frame(call, &frame);
}

void frame_last(struct turn *t, bool failed, const char *reason)
{
    EndFrame over = END_FRAME_INIT;
    Frame frame = FRAME_INIT;

    if (failed) {
        frame_problem(t->call);
    } else {
        frame.kind_case = FRAME_KIND_USAGE;
        frame.usage = &t->usage;
        cs_frame(t->call, &frame);
    }
    over.message_id = t->message_id;
    over.finish_reason = (char *)reason;
    if (t->cached)
        EndFrame_set_cached(&over, true);
    frame.kind_case = FRAME_KIND_END;
    frame.end = &over;
    cs_frame(t->call, &frame);
}
