/*
 * openai: answers of a language model behind an OpenAI-compatible address.
 *
 * While the model works no worker is held: its stream comes in on the engine's thread and goes out
 * as deltas from there. A whole answer is asked for as one, which is cheaper to read. Until the
 * first word the request is tried again, if that may help; after it never, and what was said is
 * kept.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "base/utf8.h"
#include "bot/configuration.h"
#include "chat/answerer.h"
#include "chat/completion.h"
#include "chat/learned.h"
#include "chat/request.h"
#include "chat/store.h"
#include "http/engine.h"
#include "http/sse_parse.h"
#include "provider/access.h"
#include "provider/tokens.h"

#include <stdlib.h>

enum {
    TRIES = 3,
    DELAY_MS = 500,
    DELAY_MAX_MS = 60 * 1000, /* longer than that nobody waits for a first word */
    RESERVE_MS = 2000,        /* of the deadline, to store what was said */
    EVENT_BYTES = 1 << 20,
    STREAM_BYTES = 64 << 20,
    ANSWER_BYTES = 256 * 1024, /* with its sources it fits into one message of the bus */
};

struct openai {
    struct turn *turn;
    struct cs_access access;
    struct prompt prompt;
    struct request request;
    unsigned learning; /* what was left out for the first time */
    int tries;
    struct cs_sse stream;
    struct completion answer;
    bool full; /* it is as long as it may be */
    const char *const *headers;
};

static int on_answer(struct cs_call *call, void *state, const struct cs_http_reply *rep);

/* ---- while the model speaks, on the engine's thread ---- */

static void say(void *state, const char *text)
{
    struct openai *o = state;
    size_t len = strlen(text), room = ANSWER_BYTES - o->turn->text.whole.len, n;

    if (o->full)
        return;
    n = cs_utf8_cut(text, len, room);
    o->full = n < len;
    turn_say(o->turn, text, n);
}

static void on_event(void *state, const struct cs_sse_event *e)
{
    struct openai *o = state;

    completion_event(&o->answer, e->data, e->data_len, e->cut);
}

static size_t on_data(void *state, const char *data, size_t len)
{
    struct openai *o = state;

    cs_sse_feed(&o->stream, data, len);
    return cs_sse_held(&o->stream);
}

static bool on_tick(void *state)
{
    struct openai *o = state;

    return turn_tick(o->turn) && !o->full && !o->answer.failed && !o->stream.too_large;
}

/* ---- asking ---- */

static int64_t time_left(const struct cs_call *call)
{
    int64_t ms = call->deadline_ms - cs_mono_ms() - RESERVE_MS;

    return ms > 0 ? ms : 0;
}

static int ask(struct openai *o, int64_t delay_ms)
{
    struct cs_call *call = o->turn->call;
    struct cs_http_request req = {
        .method = "POST",
        .url = cs_printf(call->arena, "%s/chat/completions", o->access.base_url),
        .headers = o->headers,
        .timeout_ms = time_left(call) - delay_ms,
        .delay_ms = delay_ms,
        .on_tick = on_tick,
    };

    o->tries++;
    o->answer = (struct completion){.say = say, .state = o};
    if (o->request.stream) {
        cs_sse_init(&o->stream, EVENT_BYTES, on_event, o);
        req.on_data = on_data;
        req.idle_ms = cs_env_int("PROVIDER_IDLE_S") * 1000;
        req.max_body = STREAM_BYTES;
    }
    req.body = request_body(call->arena, &o->request, &req.body_len);
    return cs_http_then(call, &req, on_answer, o);
}

/* ---- the end of a try ---- */

static void openai_usage(const struct openai *o, Usage *u)
{
    const struct completion *c = &o->answer;

    if (!c->counted)
        Usage_set_estimated(u, true);
    u->prompt_tokens = c->counted
                           ? cs_tokens_plausible(c->prompt_tokens, o->prompt.n, o->prompt.bytes)
                           : cs_tokens_estimate(o->prompt.bytes);
    u->completion_tokens =
        c->counted ? c->completion_tokens : cs_tokens_estimate(o->turn->text.whole.len);
}

static int over(struct openai *o, int r)
{
    static const char *const reasons[] = {"stop", "stop", "length", "content_filter"};
    struct turn *t = o->turn;

    t->finish = o->full ? "length" : reasons[o->answer.finish];
    openai_usage(o, &t->usage);
    return turn_answered(t, r);
}

static int64_t delay_of(const struct openai *o, int64_t retry_after_ms)
{
    int64_t ms = (int64_t)DELAY_MS << (o->tries - 1);

    /* not all at once */
    return retry_after_ms ? retry_after_ms : ms - ms / 4 * (cs_mono_us() % 1000) / 1000;
}

static int try_again(struct openai *o, int64_t retry_after_ms, const char *why)
{
    struct cs_call *call = o->turn->call;
    int64_t delay = delay_of(o, retry_after_ms);
    int r;

    if (o->tries < TRIES && delay <= DELAY_MAX_MS && delay < time_left(call))
        return ask(o, delay);
    r = cs_fail(call, CS_UPSTREAM, "%s", why);
    call->retry_after_ms = retry_after_ms;
    return over(o, r);
}

/* An answer other than 2xx, or an error in place of the first word. */
static int refused(struct openai *o, int status, const struct cs_fault *f, int64_t retry_after_ms)
{
    struct cs_call *call = o->turn->call;
    unsigned about = learned_from(status, f) & ~o->request.without;
    const char *why = cs_fault_reason(call->arena, o->request.provider, status, f);

    cs_fault_log(call->arena, o->request.provider, o->request.model, status, f);
    if (about) {
        o->learning |= about;
        o->request.without |= about;
        o->tries--;
        return ask(o, 0);
    }
    if (cs_fault_may_pass(status, f))
        return try_again(o, retry_after_ms, why);
    return over(o, cs_fail(call, CS_UPSTREAM, "%s", why));
}

/* No status at all. */
static int no_answer(struct openai *o, const struct cs_http_reply *rep)
{
    struct cs_call *call = o->turn->call;
    const char *provider = o->request.provider;

    if (rep->refused)
        return over(o, cs_fail(call, CS_UNPROCESSABLE,
                               "The address of the provider %s is not allowed.", provider));
    if (time_left(call) == 0)
        return over(
            o, cs_fail(call, CS_UPSTREAM, "The provider %s did not answer in time.", provider));
    return try_again(
        o, 0, cs_printf(call->arena, "The provider %s did not answer: %s.", provider, rep->error));
}

/* The answer began, and something is missing. */
static int broken_off(struct openai *o, const struct cs_http_reply *rep)
{
    struct cs_call *call = o->turn->call;
    const char *provider = o->request.provider;

    if (o->answer.failed) {
        cs_fault_log(call->arena, provider, o->request.model, 0, &o->answer.fault);
        return over(o, cs_fail(call, CS_UPSTREAM, "%s The answer is incomplete.",
                               cs_fault_reason(call->arena, provider, 0, &o->answer.fault)));
    }
    return over(o, cs_fail(call, CS_UPSTREAM, "The provider %s broke off its answer%s%s.", provider,
                           rep->error ? ": " : "", rep->error ? rep->error : ""));
}

static int complete(struct openai *o)
{
    if (o->learning)
        learned_add(o->access.base_url, o->request.model, o->learning);
    if (o->answer.said)
        return over(o, 0);
    return over(o,
                cs_fail(o->turn->call, CS_UPSTREAM, "The provider %s sent an empty answer%s.",
                        o->request.provider,
                        o->answer.finish == FINISH_LENGTH ? ": max_output_tokens is too low" : ""));
}

static int judge(struct openai *o, const struct cs_http_reply *rep)
{
    struct cs_fault fault;

    if (!turn_tick(o->turn))
        return over(o, 0);
    if (completion_over(&o->answer) || o->full)
        return complete(o);
    if (o->answer.said)
        return broken_off(o, rep);
    if (o->answer.failed)
        return refused(o, 0, &o->answer.fault, 0);
    if (rep->status == 0)
        return no_answer(o, rep);
    if (rep->status / 100 == 2)
        return try_again(o, 0,
                         cs_printf(o->turn->call->arena,
                                   "The provider %s sent an unreadable answer.",
                                   o->request.provider));
    cs_fault_parse(rep->body, rep->body_len, &fault);
    return refused(o, rep->status, &fault, rep->retry_after_ms);
}

static int on_answer(struct cs_call *call, void *state, const struct cs_http_reply *rep)
{
    struct openai *o = state;

    (void)call;
    if (o->request.stream) {
        cs_sse_end(&o->stream);
        cs_sse_free(&o->stream);
    } else if (rep->status / 100 == 2) {
        completion_event(&o->answer, rep->body, rep->body_len, false);
    }
    return judge(o, rep);
}

/* ---- the beginning ---- */

static int history(const BotConfiguration *c)
{
    return c->chat_history_length;
}

static int recall(struct turn *t, struct prompt_parts *p)
{
    int limit = history(t->bot->configuration), r = 0;
    struct prompt_message *messages;

    if (limit > 0 && !t->recalled)
        r = store_said_before(t->call, t->conversation, t->id, limit, &t->said, &t->n_said);
    if (r < 0)
        return r;
    messages = CS_NEW(t->call->arena, struct prompt_message, t->n_said);
    for (size_t i = 0; i < t->n_said; i++)
        messages[i] =
            (struct prompt_message){t->said[i].user ? "user" : "assistant", t->said[i].text};
    p->history = messages;
    p->n_history = t->n_said;
    return 0;
}

static int compose(struct openai *o)
{
    struct turn *t = o->turn;
    const BotConfiguration *c = t->bot->configuration;
    uint64_t word;

    cs_random(&word, sizeof(word));
    struct prompt_parts parts = {
        .instructions = c->system_prompt,
        .found = t->found,
        .fence = cs_printf(t->call->arena, "%016llx", (unsigned long long)word),
        .cite = c->show_sources,
        .question = t->question,
    };
    int r = recall(t, &parts);

    if (r == 0)
        prompt_compose(t->call->arena, &parts, &o->prompt);
    return r;
}

static int answer(struct turn *t)
{
    const BotConfiguration *c = t->bot->configuration;
    struct cs_arena *a = t->call->arena;
    struct openai *o = CS_NEW(a, struct openai, 1);
    int r;

    if (!cs_bot_has_model(c))
        return cs_fail(t->call, CS_UNPROCESSABLE, "The bot has no llm_model.");
    o->turn = t;
    if ((r = cs_access_of(t->call, t->bot_id, c->llm_provider, &o->access)) < 0 ||
        (r = compose(o)) < 0)
        return r;
    o->request = (struct request){
        .provider = c->llm_provider,
        .model = c->llm_model,
        .configuration = c,
        .prompt = &o->prompt,
        .stream = t->call->frames != NULL,
        .without = learned_of(o->access.base_url, c->llm_model),
    };
    o->headers = cs_access_headers(a, &o->access);
    return ask(o, 0);
}

const struct answerer answerer_openai = {.answer = answer, .history = history};
