/* Lapsed turns are claimed, rebuilt from their frames, and ended as interrupted. */
#include "chat/takeover.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "bus/replay.h"
#include "chat/announce.h"
#include "chat/running.h"
#include "chat/store.h"
#include "pbjson/pbjson.h"

#include <stdatomic.h>

enum {
    AT_ONCE = 8,
    FORGOTTEN_MS = 6 * 60 * 1000, /* after that the stream cannot have the frames any more */
    STEP_MS = 2000,
    LEASE_MS = 15 * 1000, /* as in the migrations */
};

static atomic_bool others_run = true;

static const char WHY[] = "The answering process stopped. The text so far is kept.";

/* What a dead runner had said. */
struct said {
    struct cs_arena *arena;
    struct cs_buf text;
    SourcesFrame *sources;
    uint32_t last_seq;
};

static void said_frame(void *state, const Frame *frame)
{
    struct said *said = state;
    size_t len;

    if (frame->seq <= said->last_seq)
        return;
    said->last_seq = frame->seq;
    if (frame->kind_case == FRAME_KIND_DELTA && frame->delta->text)
        cs_buf_adds(&said->text, frame->delta->text);
    if (frame->kind_case == FRAME_KIND_SOURCES) { /* a copy: the frame ends with this call */
        const ProtobufCMessage *sources = &frame->sources->base;
        void *packed = pbjson_pack(said->arena, sources, &len);
        said->sources =
            (SourcesFrame *)pbjson_unpack(said->arena, sources->descriptor, packed, len);
    }
}

static void announce_interrupted(struct cs_call *call, const struct store_lapsed *l,
                                 const struct said *said)
{
    MessageEvent e = MESSAGE_EVENT_INIT;

    e.conversation_id = (char *)l->conversation;
    e.bot_id = (char *)l->bot;
    e.message_id = (char *)l->message;
    e.turn_id = (char *)l->turn;
    MessageEvent_set_role(&e, MESSAGE_ROLE_ASSISTANT);
    MessageEvent_set_status(&e, MESSAGE_STATUS_INTERRUPTED);
    MessageEvent_set_latency_ms(&e, cs_now_ms() - l->created_ms);
    announce_sources(call->arena, said->sources, &e);
    announce_message(call, "interrupted", &e);
}

static int store_interrupted(struct cs_call *call, const struct store_lapsed *l,
                             const struct said *said)
{
    store_begin(call);
    announce_interrupted(call, l, said);
    return store_turn_end(call, &(struct store_end){
                                    .turn = l->turn,
                                    .runner = running_runner(),
                                    .status = MESSAGE_STATUS_INTERRUPTED,
                                    .content = said->text.len ? said->text.data : "",
                                    .error = WHY,
                                    .sources = said->sources,
                                    .last_seq = said->last_seq + 2,
                                    .first_token_ms = -1,
                                    .total_ms = cs_now_ms() - l->created_ms,
                                    .now_ms = cs_now_ms(),
                                });
}

static Problem problem_interrupted(void)
{
    Problem problem = PROBLEM_INIT;

    Problem_set_status(&problem, CS_OVERLOADED);
    problem.code = (char *)cs_error_code(CS_OVERLOADED);
    problem.title = (char *)cs_error_title(CS_OVERLOADED);
    problem.detail = (char *)WHY;
    return problem;
}

static void send_end(const struct store_lapsed *l, uint32_t last_seq)
{
    Problem problem = problem_interrupted();
    EndFrame end = END_FRAME_INIT;
    Frame frame = FRAME_INIT;

    frame.kind_case = FRAME_KIND_ERROR;
    frame.error = &problem;
    cs_frame_to(l->frames, last_seq + 1, &frame);
    end.message_id = (char *)l->message;
    end.finish_reason = (char *)"interrupted";
    frame.kind_case = FRAME_KIND_END;
    frame.end = &end;
    cs_frame_to(l->frames, last_seq + 2, &frame);
}

/* A turn that cannot be ended now is claimed again when this lease has lapsed. */
static void end_lapsed(struct cs_call *call, const struct store_lapsed *l)
{
    struct said said = {.arena = call->arena};
    Problem problem = problem_interrupted();

    call->tenant = l->tenant;
    bool rebuilt = !l->frames || cs_frames_replay(l->frames, said_frame, &said) == 0 ||
                   cs_now_ms() - l->created_ms > FORGOTTEN_MS;
    if (rebuilt && store_interrupted(call, l, &said) == 0) {
        cs_log(CS_WARN, "the turn of a stopped process was ended", "turn", l->turn, "conversation",
               l->conversation, NULL);
        if (l->frames)
            send_end(l, said.last_seq);
        else
            cs_problem_to(l->reply, &problem); /* the caller waits for the whole answer */
    }
    cs_buf_free(&said.text);
    call->tenant = NULL;
}

/*
 * When the wall clock steps, or the machine has slept, every lease seems to have lapsed. Our own are
 * renewed first; those of others may be claimed when they had the time for it, too.
 */
static bool clock_is_steady(void)
{
    static int64_t offset_ms, steady_ms; /* of one thread, the ticker's */
    int64_t mono = cs_mono_ms(), offset = cs_now_ms() - mono, step = offset - offset_ms;

    if (step < -STEP_MS || step > STEP_MS)
        steady_ms = offset_ms ? mono + LEASE_MS : 0;
    offset_ms = offset;
    return mono >= steady_ms;
}

void takeover_prepare(struct cs_call *call)
{
    (void)call;
    cs_frames_capture();
}

bool takeover_under_way(void)
{
    return running_count() > 0 || atomic_load(&others_run);
}

void takeover_tick(struct cs_call *call)
{
    struct store_lapsed *lapsed;
    size_t n;

    bool running;

    running_renew(call);
    if (!clock_is_steady() ||
        store_turns_claim(call, running_runner(), AT_ONCE, &lapsed, &n, &running) < 0)
        return;
    atomic_store(&others_run, running);
    for (size_t i = 0; i < n; i++)
        end_lapsed(call, &lapsed[i]);
}
