/*
 * A turn from top to bottom: the end, the answer, and the beginning at the end of the
 * file.
 */
#include "chat/turn.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "bot/bot.h"
#include "bot/configuration.h"
#include "bus/client.h"
#include "bus/idempotency.h"
#include "chat/announce.h"
#include "chat/answer_cache.h"
#include "chat/answerer.h"
#include "chat/chat.h"
#include "chat/frame.h"
#include "chat/hint.h"
#include "chat/quota.h"
#include "chat/running.h"
#include "chat/source.h"
#include "chat/store_conversation.h"
#include "chat/title.h"
#include "obs/metrics.h"
#include "text/language.h"

enum {
    MAX_QUERY = 8192, /* characters */
    AGAIN_MS = 1000,
    STATUS_MS = 10 * 1000,       /* of silence */
    THOUGHTS_BYTES = 256 * 1024, /* of reasoning */
};

static const char FOR_VISITORS[] = "The language model of the bot failed. Retry later.";

/* How a turn can end. */
struct ending {
    MessageStatus status;
    const char *event, *reason; /* reason NULL: the answerer knows it */
};
static const struct ending COMPLETED = {MESSAGE_STATUS_COMPLETED, "completed", NULL};
static const struct ending CANCELLED = {MESSAGE_STATUS_CANCELLED, "cancelled", "cancelled"};
static const struct ending FAILED = {MESSAGE_STATUS_FAILED, "failed", "error"};

/* ---- the end ---- */

static const char *reason_of(const struct turn *t, const struct ending *end)
{
    return end == &COMPLETED ? t->finish : end->reason;
}

static MessageEvent *event_of(struct turn *t, const struct ending *end)
{
    MessageEvent *e = MessageEvent_new(t->call->arena);

    e->conversation_id = (char *)t->conversation;
    e->bot_id = t->bot_id;
    e->message_id = t->message_id;
    e->turn_id = t->id;
    MessageEvent_set_role(e, MESSAGE_ROLE_ASSISTANT);
    MessageEvent_set_status(e, end->status);
    e->usage = &t->usage;
    MessageEvent_set_latency_ms(e, cs_now_ms() - t->accepted_ms);
    announce_sources(t->call->arena, &t->sources, e);
    return e;
}

static int store_answer(struct turn *t, const struct ending *end)
{
    const BotConfiguration *c = t->bot ? t->bot->configuration : NULL;
    int64_t now_ms = cs_now_ms();
    struct store_end e = {
        .turn = t->id,
        .runner = running_runner(),
        .status = end->status,
        .content = t->text.whole.len ? t->text.whole.data : "",
        .error = end == &FAILED ? t->why : NULL,
        .sources = &t->sources,
        .usage = &t->usage,
        .tool_calls = t->tool_calls,
        .n_tool_calls = t->n_tool_calls,
        .last_seq = t->call->frame_seq + FRAME_LAST,
        .counted = quota_count_tokens(t),
        .unanswered = end == &COMPLETED && t->found && t->found->unknown,
        .cached = t->cached,
        .model = c && !cs_bot_answers_builtin(c) ? c->llm_model : NULL,
        .first_token_ms = t->first_token_ms,
        .total_ms = now_ms - t->accepted_ms,
        .idle_s = c ? c->end_after_idle_seconds : 0,
        .now_ms = now_ms,
    };

    if (t->unkept)
        return store_use_end(t->call, &e);
    store_begin(t->call);
    announce_message(t->call, end->event, event_of(t, end));
    return store_turn_end(t->call, &e);
}

static void fill_reply(struct turn *t, const struct ending *end)
{
    struct cs_arena *a = t->call->arena;
    Message *m = Message_new(a);

    m->id = t->message_id;
    Message_set_role(m, MESSAGE_ROLE_ASSISTANT);
    Message_set_status(m, end->status);
    m->content = cs_strndup(a, t->text.whole.len ? t->text.whole.data : "", t->text.whole.len);
    m->sources = t->sources.items;
    m->n_sources = t->sources.n_items;
    m->usage = &t->usage;
    m->tool_calls = t->tool_calls;
    m->n_tool_calls = t->session ? 0 : t->n_tool_calls;
    m->turn_id = t->id;
    Message_set_created_at(m, t->accepted_ms);
    if (t->bot && !cs_bot_answers_builtin(t->bot->configuration))
        m->model = t->bot->configuration->llm_model;
    if (t->first_token_ms >= 0)
        Message_set_first_token_ms(m, t->first_token_ms);
    Message_set_total_ms(m, cs_now_ms() - t->accepted_ms);
    if (t->cached) {
        Message_set_cached(m, true);
        Turn_set_cached(t->rep, true);
    }
    t->rep->turn_id = t->id;
    t->rep->conversation_id = (char *)t->conversation;
    t->rep->message = m;
    t->rep->session_id = (char *)t->session;
    t->rep->visitor_token = (char *)t->visitor_token;
}

/* Why a model could not answer is for members of the workspace: it may hold words of a provider. */
static void turn_hide_why(struct turn *t)
{
    struct cs_call *call = t->call;

    t->why = call->detail;
    if (t->session && (call->status == CS_UPSTREAM || call->status == CS_UNPROCESSABLE))
        call->detail = FOR_VISITORS;
}

int turn_answered(struct turn *t, int r)
{
    const char *refusal = running_refusal(t->running);
    const struct ending *end;
    char label[48];
    int stored;

    t->over = true;
    if (refusal) /* what was said is kept, as a failed message */
        r = cs_fail(t->call, CS_FORBIDDEN, "%s", refusal);
    else if (r >= 0)
        r = cs_fail_memory(t->call);
    if (r < 0)
        turn_hide_why(t);
    end = r < 0 ? &FAILED : t->stopped ? &CANCELLED : &COMPLETED;
    delta_flush(&t->thoughts);
    delta_flush(&t->text);
    stored = store_answer(t, end);
    running_remove(t->running);
    if (stored == 0) {
        if (end == &COMPLETED)
            answer_cache_keep(t);
        frame_last(t, end == &FAILED, reason_of(t, end));
        fill_reply(t, end);
        snprintf(label, sizeof(label), "finish=\"%s\"", reason_of(t, end));
        cs_metric_add(cs_counter("chatsphere_turns_total", label, "Turns ended."), 1);
    }
    delta_free(&t->thoughts);
    delta_free(&t->text);
    if (stored == STORE_NONE && !refusal)
        return cs_fail(t->call, CS_CONFLICT,
                       "The conversation was deleted or taken over during the answer.");
    return stored < 0 ? stored : r;
}

/* ---- the answer ---- */

static bool may_go_on(struct turn *t)
{
    if (running_cancelled(t->running) || (t->unkept && cs_cancelled(t->call)))
        t->stopped = true;
    return !t->stopped;
}

bool turn_say(struct turn *t, const char *text, size_t len)
{
    if (!may_go_on(t))
        return false;
    delta_flush(&t->thoughts);
    if (t->first_token_ms < 0 && len > 0)
        t->first_token_ms = cs_now_ms() - t->accepted_ms;
    delta_add(&t->text, text, len);
    return true;
}

void turn_think(struct turn *t, const char *text, size_t len)
{
    size_t room = THOUGHTS_BYTES - t->thoughts.whole.len;

    if (!t->thinking)
        frame_thinking(t);
    t->thinking = true;
    if (t->call->frames && (!t->session || t->bot->configuration->show_reasoning))
        delta_add(&t->thoughts, text, cs_utf8_cut(text, len, room));
}

bool turn_tick(struct turn *t)
{
    if (!may_go_on(t))
        return false;
    delta_tick(&t->thoughts);
    delta_tick(&t->text);
    if (cs_mono_ms() - t->framed_ms >= STATUS_MS)
        frame_thinking(t);
    return true;
}

static int with_passages(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    struct turn *t = state;
    Frame frame = FRAME_INIT;
    int r;

    (void)call;
    if (t->refused != 0) { /* whatever became of the search, this is the answer */
        t->call->status = t->problem.status;
        t->call->detail = t->problem.detail;
        t->call->code = t->problem.code;
        t->call->retry_after_ms = t->problem.retry_after_ms;
        return t->refused;
    }
    if (!rep)
        return turn_answered(t, -1);
    t->found = (const SearchReply *)rep;
    if (t->bot->configuration->show_sources) {
        sources_from(t->call->arena, t->found, &t->sources);
        frame.kind_case = FRAME_KIND_SOURCES;
        frame.sources = &t->sources;
        cs_frame(t->call, &frame);
    }
    r = t->answerer->answer(t);
    return r == CS_LATER || t->over ? r : turn_answered(t, r);
}

static int turn_search(struct turn *t)
{
    const BotConfiguration *conf = t->bot->configuration;
    SearchRequest *req = SearchRequest_new(t->call->arena);

    req->bot_id = t->bot_id;
    req->query = cs_strndup(t->call->arena, t->question,
                            cs_utf8_head(t->question, strlen(t->question), MAX_QUERY));
    req->earlier = t->earlier;
    req->n_earlier = t->n_earlier;
    SearchRequest_set_k(req, conf->retriever_k);
    if (conf->has_min_score)
        SearchRequest_set_min_score(req, conf->min_score);
    SearchRequest_set_has_vectors(req, cs_bot_has_vectors(conf));
    SearchRequest_set_bare(req, true);
    return cs_ask_at_then(t->call, t->bot_id, RPC_RETRIEVE_SEARCH, &req->base, with_passages, t);
}

static void find_answerer(struct turn *t)
{
    t->answerer = answerer_find(t->bot->configuration->llm_provider);
}

static int search_now(struct turn *t)
{
    int r = t->bot ? 0 : cs_bot_get(t->call, t->bot_id, &t->bot);

    if (r == 0)
        find_answerer(t);
    return r < 0 ? turn_answered(t, r) : answer_cache_look(t, turn_search);
}

/* ---- the beginning ---- */

struct turn *turn_new(struct cs_call *call, const char *conversation, const char *question,
                      Turn *rep)
{
    struct turn *t = CS_NEW(call->arena, struct turn, 1);

    if (call->turn && cs_id_valid(call->turn))
        snprintf(t->id, sizeof(t->id), "%s", call->turn);
    else
        cs_id_new(t->id);
    cs_id_new(t->question_id);
    cs_id_new(t->message_id);
    t->conversation = conversation;
    t->question = question;
    t->sources = (SourcesFrame)SOURCES_FRAME_INIT;
    t->usage = (Usage)USAGE_INIT;
    Usage_set_prompt_tokens(&t->usage, 0);
    Usage_set_completion_tokens(&t->usage, 0);
    t->call = call;
    t->finish = "stop";
    t->text =
        (struct delta){.emit = frame_delta, .state = t, .clock = cs_mono_ms, .pace = frame_pace};
    t->thoughts = (struct delta){
        .emit = frame_reasoning, .state = t, .clock = cs_mono_ms, .pace = frame_pace};
    t->framed_ms = cs_mono_ms();
    t->accepted_ms = cs_now_ms();
    t->first_token_ms = -1;
    t->rep = rep;
    return t;
}

/* The conversation is not there, or it has ended. */
static int turn_homeless(struct turn *t)
{
    const struct store_who who = {.owner = t->call->principal};
    Conversation *c;
    int r = store_conversation(t->call, &who, t->conversation, t->bot ? t->bot->id : NULL, &c);

    if (r == 0)
        return cs_fail(t->call, CS_CONFLICT,
                       "The conversation has ended. Create another one to go on.");
    if (r < 0)
        return r;
    return t->session ? chat_no_session(t->call) : chat_no_conversation(t->call);
}

static int turn_refused(struct turn *t, int r)
{
    switch (r) {
    case STORE_NONE:
        if (t->replaces)
            return cs_fail(t->call, CS_CONFLICT, "The turn was replaced by another one meanwhile.");
        return turn_homeless(t);
    case STORE_BUSY:
        return cs_fail(
            t->call, CS_CONFLICT,
            "An earlier message of the conversation is still being answered. Wait for the end of "
            "that turn or cancel it.");
    case STORE_FULL: return quota_refused(t);
    case STORE_TAKEN: return cs_fail(t->call, CS_CONFLICT, "This turn was already accepted.");
    default: return r;
    }
}

static const char *question_language(const char *question)
{
    return cs_language_code(cs_language_of(question, strlen(question)));
}

static struct store_turn row_of(struct turn *t)
{
    const struct cs_call *call = t->call;

    return (struct store_turn){
        .id = t->id,
        .conversation = t->conversation,
        .owner = call->principal,
        .runner = running_runner(),
        .frames = call->frames,
        .reply = call->frames ? NULL : call->reply,
        .question_id = t->question_id,
        .question = t->question,
        .message_id = t->message_id,
        .title = title_from(call->arena, t->question),
        .language = t->n_earlier ? NULL : question_language(t->question),
        .bot = t->bot ? t->bot->id : NULL,
        .now_ms = t->accepted_ms,
        .quota = &t->quota,
        .replaces = t->replaces,
    };
}

static void announce_question(struct turn *t)
{
    MessageEvent e = MESSAGE_EVENT_INIT;

    e.conversation_id = (char *)t->conversation;
    e.bot_id = t->bot_id;
    e.message_id = t->question_id;
    e.turn_id = t->id;
    MessageEvent_set_role(&e, MESSAGE_ROLE_USER);
    MessageEvent_set_status(&e, MESSAGE_STATUS_COMPLETED);
    announce_message(t->call, "created", &e);
}

void turn_hide_error(Message *m)
{
    m->n_tool_calls = 0; /* what tools got and said is for members */
    if (m->error && m->status == MESSAGE_STATUS_FAILED)
        m->error = (char *)FOR_VISITORS;
}

int turn_again(struct cs_call *call, Turn *rep)
{
    const Turn *begun = (const Turn *)call->begun;
    int r = store_turn_message(call, begun->turn_id, &rep->message);

    if (r != 0)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The conversation was deleted.") : r;
    if (rep->message->status == MESSAGE_STATUS_PENDING) {
        call->retry_after_ms = AGAIN_MS;
        return cs_fail(call, CS_CONFLICT, "This message is still being answered.");
    }
    rep->turn_id = begun->turn_id;
    rep->conversation_id = begun->conversation_id;
    rep->session_id = begun->session_id;
    if (begun->session_id)
        turn_hide_error(rep->message);
    return 0;
}

/* The search cannot be called back: its stage gives the answer. */
static int not_accepted(struct turn *t, int r, bool searching)
{
    const struct cs_call *call = t->call;

    running_remove(t->running);
    quota_give_back(t);
    t->refused = turn_refused(t, r);
    t->problem.status = call->status;
    t->problem.detail = call->detail;
    t->problem.code = call->code;
    t->problem.retry_after_ms = call->retry_after_ms;
    return searching ? CS_LATER : t->refused;
}

/*
 * Starts the search while the turn is not committed yet, if nothing has to be asked before.
 * Bot and earlier questions are known of a conversation that is just made, and by hint.
 */
static bool begin_searching(struct turn *t, bool fresh)
{
    struct hint *hint = CS_NEW(t->call->arena, struct hint, 1);

    if (t->replaces) { /* which questions were earlier is known when it is accepted */
        find_answerer(t);
        return false;
    }
    if (!fresh && !hint_get(t->call->arena, t->conversation, hint))
        return false;
    if (!t->bot && !fresh)
        t->bot_id = hint->bot;
    memcpy(t->earlier, hint->questions, sizeof(t->earlier));
    t->n_earlier = hint->n_questions;
    if (!t->bot && t->bot_id)
        t->bot = cs_bot_known(t->call, t->bot_id);
    if (!t->bot)
        return false;
    find_answerer(t);
    t->bot_id = t->bot->id;
    if (answer_cache_on(t->bot)) { /* it is asked first */
        t->n_earlier = 0;
        return false;
    }
    return turn_search(t) == CS_LATER;
}

/* The questions of what was said before. */
static void earlier_from_said(struct turn *t)
{
    for (size_t i = 0; i < t->n_said && t->n_earlier < HINT_QUESTIONS; i++) {
        const struct store_said *said = &t->said[i];
        if (said->user)
            t->earlier[t->n_earlier++] =
                cs_strndup(t->call->arena, said->text,
                           cs_utf8_head(said->text, strlen(said->text), HINT_CHARACTERS));
    }
}

/* The question, its event and the past that the answerer reads: one round trip if the bot is known. */
static int accept_question(struct turn *t, bool searching)
{
    struct store_turn row = row_of(t);
    int r = 0, limit = 0;

    if (t->bot && !t->replaces)
        store_turn_push(t->call, &row);
    else if ((r = store_turn_open(t->call, &row, &t->bot_id)) != 0)
        return r;
    announce_question(t);
    if (t->answerer && t->answerer->history)
        limit = t->answerer->history(t->bot->configuration);
    t->recalled = limit > 0;
    if (!searching && limit < 2 * HINT_QUESTIONS)
        limit = 2 * HINT_QUESTIONS; /* with their answers */
    r = store_turn_commit(t->call, &row, limit, &t->said, &t->n_said);
    running_set_bot(t->running, t->bot_id);
    if (r != 0)
        return r;
    if (!searching)
        earlier_from_said(t);
    if (t->replaces)
        hint_drop(t->conversation); /* the old question is in it */
    hint_put(t->conversation, t->bot_id, t->question);
    return 0;
}

int turn_run(struct turn *t, const Conversation *fresh)
{
    Turn begun = TURN_INIT;
    bool searching;
    int r = quota_get(t);

    if (r < 0)
        return r;
    if (!(t->running = running_add(t->call, t->id, t->session ? t->bot->id : NULL)))
        return -t->call->status;
    if ((r = quota_take(t)) < 0) {
        running_remove(t->running);
        return r;
    }
    searching = begin_searching(t, fresh != NULL);
    store_begin(t->call);
    store_use_push(t->call, &t->quota);
    /* By what a repeat with the same Idempotency-Key finds this turn; queued. */
    begun.turn_id = t->id;
    begun.conversation_id = (char *)t->conversation;
    begun.session_id = (char *)t->session;
    cs_idempotency_keep_begun(t->call, &begun.base);
    if (fresh) {
        store_conversation_push(t->call, fresh, t->call->principal);
        announce_conversation(t->call, "created", fresh, 1, NULL);
    }
    r = accept_question(t, searching);
    if (r != 0)
        return not_accepted(t, r, searching);
    frame_start(t);
    cs_ctl_publish("turn", t->conversation, t->id); /* to the sockets of the conversation */
    return searching ? CS_LATER : search_now(t);
}

static int accept_unkept(struct turn *t)
{
    struct store_turn row = {.quota = &t->quota};

    if (t->quota.taken && !t->quota.bot)
        return 0;
    store_begin(t->call);
    store_use_push(t->call, &t->quota);
    return store_turn_commit(t->call, &row, 0, NULL, NULL);
}

int turn_run_unkept(struct turn *t)
{
    int r = quota_get(t);

    if (r < 0)
        return r;
    if (!(t->running = running_add(t->call, t->id, NULL)))
        return -t->call->status;
    running_set_bot(t->running, t->bot_id);
    r = quota_take(t);
    if (r == 0)
        r = accept_unkept(t);
    if (r != 0)
        return not_accepted(t, r, false);
    earlier_from_said(t);
    frame_start(t);
    return search_now(t);
}
