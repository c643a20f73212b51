/*
 * openai: answers of a language model behind an OpenAI-compatible address.
 *
 * While the model works no worker is held: its stream comes in on the engine's thread and goes out
 * as deltas from there. A whole answer is asked for as one, which is cheaper to read. Until the
 * first word the request is tried again, if that may help; after it never, and what was said is
 * kept. The end of an answer is its own end mark, not the end of the connection.
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
    DELAY_MAX_MS = 60 * 1000, /* nobody waits longer than that for a first word */
    RESERVE_MS = 2000,        /* of the deadline, to store what was said */
    LIMITED_MS = 1000,
    USAGE_MS = 5000, /* a stream may stay open so long after its reason of the end */
    EVENT_BYTES = 256 * 1024,
    STREAM_BYTES = 16 << 20,
    WHOLE_BYTES = 1 << 20,
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
    int64_t finished_ms; /* when the reason of the end came; 0: not yet */
    bool full;           /* it is as long as it may be */
    const char *url;
    const char *const *headers;
    const char *body; /* of the request; NULL: to be made */
    size_t body_len;
};

/* ---- while the model speaks, on the engine's thread ---- */

static void openai_say(void *state, const char *text)
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

/* False when nothing more is expected, or wanted, of the stream. */
static bool on_tick(void *state)
{
    struct openai *o = state;
    const struct completion *c = &o->answer;

    if (!turn_tick(o->turn) || o->full || c->failed || c->done || o->stream.too_large)
        return false;
    if (c->finish != FINISH_NONE && !o->finished_ms)
        o->finished_ms = cs_mono_ms();
    return !o->finished_ms || cs_mono_ms() - o->finished_ms < USAGE_MS;
}

/* ---- asking ---- */

static int64_t openai_time_left(const struct openai *o)
{
    int64_t ms = o->turn->call->deadline_ms - cs_mono_ms() - RESERVE_MS;

    return ms > 0 ? ms : 0;
}

static int on_answer(struct cs_call *call, void *state, const struct cs_http_reply *rep);

/* Returns as cs_http_then(). */
static int openai_ask(struct openai *o, int64_t delay_ms)
{
    struct cs_call *call = o->turn->call;

    if (!o->body)
        o->body = request_body(call->arena, &o->request, &o->body_len);
    struct cs_http_request req = {
        .method = "POST",
        .url = o->url,
        .headers = o->headers,
        .body = o->body,
        .body_len = o->body_len,
        .timeout_ms = openai_time_left(o) - delay_ms,
        .delay_ms = delay_ms,
        .max_body = WHOLE_BYTES,
        .on_tick = on_tick,
    };
    o->tries++;
    o->answer = (struct completion){.say = openai_say, .state = o};
    o->finished_ms = 0;
    if (o->request.stream) {
        cs_sse_init(&o->stream, EVENT_BYTES, on_event, o);
        req.on_data = on_data;
        req.idle_ms = cs_env_int("PROVIDER_IDLE_S") * 1000;
        req.max_body = STREAM_BYTES;
    }
    return cs_http_then(call, &req, on_answer, o);
}

/* ---- the end of a try ---- */

static int openai_over(struct openai *o, int r)
{
    static const char *const reasons[] = {"stop", "stop", "length", "content_filter"};
    const struct completion *c = &o->answer;
    struct turn *t = o->turn;

    t->finish = o->full ? "length" : reasons[o->answer.finish];
    if (!c->counted)
        Usage_set_estimated(&t->usage, true);
    t->usage.prompt_tokens =
        c->counted ? cs_tokens_plausible(c->prompt_tokens, o->prompt.n, o->prompt.bytes)
                   : cs_tokens_estimate(o->prompt.bytes);
    t->usage.completion_tokens =
        c->counted ? c->completion_tokens : cs_tokens_estimate(t->text.whole.len);
    return turn_answered(t, r);
}

static int openai_ask_again(struct openai *o, int64_t delay_ms)
{
    int r = openai_ask(o, delay_ms);

    return r == CS_LATER ? r : openai_over(o, r);
}

static int openai_retry(struct openai *o, int64_t retry_after_ms, const char *why)
{
    struct cs_call *call = o->turn->call;
    int64_t ms = (int64_t)DELAY_MS << (o->tries - 1);
    int64_t delay = retry_after_ms
                        ? retry_after_ms
                        : ms - ms / 4 * (cs_mono_us() % 1000) / 1000; /* not all at once */
    int r;

    if (o->tries < TRIES && delay <= DELAY_MAX_MS && delay < openai_time_left(o))
        return openai_ask_again(o, delay);
    r = cs_fail(call, CS_UPSTREAM, "%s", why);
    call->retry_after_ms = retry_after_ms;
    return openai_over(o, r);
}

/* An answer other than 2xx, or an error in place of the first word. */
static int openai_refused(struct openai *o, int status, const struct cs_fault *f,
                          int64_t retry_after_ms)
{
    struct cs_call *call = o->turn->call;
    unsigned about = learned_from(status, f) & ~o->request.without;
    const char *why = cs_fault_reason(call->arena, o->request.provider, status, f);

    cs_fault_log(call->arena, o->request.provider, o->request.model, status, f);
    if (about) {
        o->learning |= about;
        o->request.without |= about;
        o->body = NULL;
        o->tries--;
        return openai_ask_again(o, 0);
    }
    if (cs_fault_may_pass(status, f))
        return openai_retry(o, retry_after_ms, why);
    return openai_over(o, cs_fail(call, CS_UPSTREAM, "%s", why));
}

/* No status at all. */
static int openai_no_answer(struct openai *o, const struct cs_http_reply *rep)
{
    struct cs_call *call = o->turn->call;
    const char *provider = o->request.provider;

    if (rep->limited) {
        call->retry_after_ms = LIMITED_MS;
        return openai_over(o, cs_fail(call, CS_LIMITED,
                                      "The workspace has too many answers of providers under "
                                      "way."));
    }
    if (openai_time_left(o) == 0)
        return openai_over(
            o, cs_fail(call, CS_UPSTREAM, "The provider %s did not answer in time.", provider));
    if (rep->unreachable)
        return openai_retry(o, 0, cs_fault_unreachable(call->arena, provider, rep->error));
    return openai_retry(
        o, 0, cs_printf(call->arena, "The provider %s did not answer: %s.", provider, rep->error));
}

/* The answer began, and something is missing. */
static int openai_broken_off(struct openai *o, const struct cs_http_reply *rep)
{
    struct cs_call *call = o->turn->call;
    const char *provider = o->request.provider;

    if (o->answer.failed) {
        cs_fault_log(call->arena, provider, o->request.model, 0, &o->answer.fault);
        return openai_over(o, cs_fail(call, CS_UPSTREAM, "%s The answer is incomplete.",
                                      cs_fault_reason(call->arena, provider, 0, &o->answer.fault)));
    }
    return openai_over(o, cs_fail(call, CS_UPSTREAM, "The provider %s broke off its answer%s%s.",
                                  provider, rep->error ? ": " : "", rep->error ? rep->error : ""));
}

static int openai_complete(struct openai *o)
{
    if (o->learning)
        learned_add(o->access.base_url, o->request.model, o->learning);
    if (o->answer.said)
        return openai_over(o, 0);
    return openai_over(
        o, cs_fail(o->turn->call, CS_UPSTREAM, "The provider %s sent an empty answer%s.",
                   o->request.provider,
                   o->answer.finish == FINISH_LENGTH ? ": max_output_tokens is too low" : ""));
}

static int openai_judge(struct openai *o, const struct cs_http_reply *rep)
{
    struct cs_fault fault;

    if (!turn_tick(o->turn))
        return openai_over(o, 0);
    if (completion_over(&o->answer) || o->full)
        return openai_complete(o);
    if (o->answer.said)
        return openai_broken_off(o, rep);
    if (o->answer.failed)
        return openai_refused(o, 0, &o->answer.fault, 0);
    if (rep->status == 0)
        return openai_no_answer(o, rep);
    if (rep->status / 100 == 2)
        return openai_retry(o, 0,
                            cs_printf(o->turn->call->arena,
                                      "The provider %s sent an unreadable answer.",
                                      o->request.provider));
    cs_fault_parse(rep->body, rep->body_len, &fault);
    return openai_refused(o, rep->status, &fault, rep->retry_after_ms);
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
    return openai_judge(o, rep);
}

/* ---- the beginning ---- */

static int openai_history(const BotConfiguration *c)
{
    return c->chat_history_length;
}

static int openai_recall(struct turn *t, struct prompt_parts *p)
{
    int limit = openai_history(t->bot->configuration), r = 0;
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

static int openai_compose(struct openai *o)
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
    int r = openai_recall(t, &parts);

    if (r == 0)
        prompt_compose(t->call->arena, &parts, &o->prompt);
    return r;
}

static int openai_answer(struct turn *t)
{
    const BotConfiguration *c = t->bot->configuration;
    struct cs_arena *a = t->call->arena;
    struct openai *o = CS_NEW(a, struct openai, 1);
    int r;

    if (!cs_bot_has_model(c))
        return cs_fail(t->call, CS_UNPROCESSABLE, "The bot has no llm_model.");
    o->turn = t;
    if ((r = cs_access_of(t->call, t->bot_id, c->llm_provider, &o->access)) < 0 ||
        (r = openai_compose(o)) < 0)
        return r;
    o->request = (struct request){
        .provider = c->llm_provider,
        .model = c->llm_model,
        .configuration = c,
        .prompt = &o->prompt,
        .stream = t->call->frames != NULL,
        .without = learned_of(o->access.base_url, c->llm_model),
    };
    o->url = cs_printf(a, "%s/chat/completions", o->access.base_url);
    o->headers = cs_access_headers(a, &o->access, CS_ACCESS_BEARER);
    return openai_ask(o, 0);
}

const struct answerer answerer_openai = {.answer = openai_answer, .history = openai_history};
