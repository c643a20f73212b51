/*
 * model: answers of a language model, in the wire format of its provider (provider/chat_wire.h).
 *
 * While the model works no worker is held: its stream comes in on the engine's thread and goes out
 * as deltas from there. A whole answer is asked for as one. Until the
 * first word the request is tried again, if that may help; after it never, and what was said is
 * kept. The end of an answer is its own end mark, not the end of the connection.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "base/utf8.h"
#include "bot/configuration.h"
#include "bus/client.h"
#include "chat/agent/agent.h"
#include "chat/answerer.h"
#include "chat/learned.h"
#include "chat/price.h"
#include "chat/prompt.h"
#include "chat/history.h"
#include "chat/spent.h"
#include "http/engine.h"
#include "http/sse_parse.h"
#include "obs/metrics.h"
#include "provider/access.h"
#include "provider/provider.h"
#include "provider/tokens.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 3,
    DELAY_MS = 500,
    DELAY_MAX_MS = 60 * 1000, /* nobody waits longer than that for a first word */
    RESERVE_MS = 2000,        /* of the deadline, to store what was said */
    LIMITED_MS = 1000,
    USAGE_MS = 2000,  /* a stream may stay open so long after its reason of the end */
    COUNTED_MS = 200, /* the same when the tokens were reported, too */
    HEAD_BYTES = 200, /* of an answer that cannot be read, which is shown to members */
    EVENT_BYTES = 1 << 20,
    STREAM_BYTES = 16 << 20,
    ANSWER_BYTES = 256 * 1024, /* with its sources it fits into one message of the bus */
};

struct model_answer {
    struct turn *turn;
    struct cs_access access;
    const struct cs_chat_wire *wire;
    struct prompt prompt;
    struct cs_chat_request request;
    unsigned learning; /* what was left out for the first time */
    int tries;
    struct cs_sse stream;
    struct cs_completion answer;
    struct model_agent *agent; /* NULL: the answer is the turn's */
    size_t next_fallback;      /* of the configuration */
    bool answered;             /* a request of the turn was */
    const char *fence;
    int64_t finished_ms; /* when the reason of the end came; 0: not yet */
    int64_t heard_ms;    /* the last byte, or the request */
    bool silent;         /* for too long */
    bool full;           /* it is as long as it may be */
    bool shortened;      /* the prompt was too long for the model */
    char head[HEAD_BYTES];
    size_t n_head;
    const char *url;
    const char *const *headers;
    const char *body; /* of the request; NULL: to be made */
    size_t body_len;
};

/* ---- while the model speaks, on the engine's thread ---- */

static void model_say(void *state, const char *text)
{
    struct model_answer *m = state;
    size_t len = strlen(text), room = ANSWER_BYTES - m->turn->text.whole.len, n;

    if (m->full)
        return;
    n = cs_utf8_cut(text, len, room);
    m->full = n < len;
    if (m->agent)
        m->agent->say(m->agent->state, text, n);
    else
        turn_say(m->turn, text, n);
}

static void model_think(void *state, const char *text)
{
    struct model_answer *m = state;

    turn_think(m->turn, text, strlen(text));
}

static void on_event(void *state, const struct cs_sse_event *e)
{
    struct model_answer *m = state;

    if (strcmp(e->event, "error") == 0)
        cs_completion_error(&m->answer, e->data);
    else
        cs_completion_event(&m->answer, e->data, e->data_len, e->cut);
}

static size_t on_data(void *state, const char *data, size_t len)
{
    struct model_answer *m = state;
    size_t n = len < HEAD_BYTES - m->n_head ? len : HEAD_BYTES - m->n_head;

    /* the beginning is kept, for the case that it cannot be read */
    memcpy(m->head + m->n_head, data, n);
    m->n_head += n;
    m->heard_ms = cs_mono_ms();
    cs_sse_feed(&m->stream, data, len);
    return cs_sse_held(&m->stream);
}

/* Whether the reason of the end came so long ago that nothing comes behind it. */
static bool model_finished(struct model_answer *m, int64_t now)
{
    const struct cs_completion *c = &m->answer;

    if (c->finish == CS_FINISH_NONE)
        return false;
    if (!m->finished_ms)
        m->finished_ms = now;
    return now - m->finished_ms >= (c->counted ? COUNTED_MS : USAGE_MS);
}

/* A model may load, or think, before its first word; any byte is a sign of life. */
static bool model_silent(struct model_answer *m, int64_t now)
{
    long limit_s = cs_env_int(m->answer.said ? "PROVIDER_IDLE_S" : "PROVIDER_FIRST_S");

    m->silent = m->request.stream && now - m->heard_ms >= limit_s * 1000;
    return m->silent;
}

/* False when nothing more is expected, or wanted, of the stream. */
static bool on_tick(void *state)
{
    struct model_answer *m = state;
    const struct cs_completion *c = &m->answer;
    int64_t now = cs_mono_ms();

    if (!turn_tick(m->turn) || m->full || c->failed || c->done || m->stream.too_large)
        return false;
    return !model_finished(m, now) && !model_silent(m, now);
}

/* ---- asking ---- */

static int64_t model_time_left(const struct model_answer *m)
{
    int64_t ms = m->turn->call->deadline_ms - cs_mono_ms() - RESERVE_MS;

    return ms > 0 ? ms : 0;
}

static int on_answer(struct cs_call *call, void *state, const struct cs_http_reply *rep);

enum { HEADER_RETRY, HEADER_TYPE, HEADER_ID, HEADER_OTHER_ID };
static const char *const model_headers[] = {"x-should-retry", "content-type", "x-request-id",
                                            "request-id", NULL};

/* Returns as cs_http_then(). */
static int model_ask(struct model_answer *m, int64_t delay_ms)
{
    struct cs_call *call = m->turn->call;

    if (!m->body)
        m->body = cs_chat_body(call->arena, m->wire, &m->request, &m->body_len);
    int r = cs_fail_memory(call);
    if (r < 0)
        return r;
    struct cs_http_request req = {
        .method = "POST",
        .url = m->url,
        .headers = m->headers,
        .body = m->body,
        .body_len = m->body_len,
        .timeout_ms = model_time_left(m) - delay_ms,
        .delay_ms = delay_ms,
        .max_body = STREAM_BYTES,
        .on_data = on_data, /* a whole answer may leave the connection open, too */
        .decode = true,
        .wanted = model_headers,
        .on_tick = on_tick,
    };
    m->tries++;
    m->answer =
        (struct cs_completion){.wire = m->wire, .say = model_say, .think = model_think, .state = m};
    if (m->agent) {
        cs_calls_free(&m->agent->calls);
        m->answer.calls = &m->agent->calls;
    }
    m->finished_ms = 0;
    m->heard_ms = cs_mono_ms() + delay_ms;
    m->n_head = 0;
    cs_sse_init(&m->stream, EVENT_BYTES, on_event, m);
    return cs_http_then(call, &req, on_answer, m);
}

/* ---- the end of a try ---- */

static int model_compose(struct model_answer *m);
static int model_fall_back(struct model_answer *m);

/* Another model may answer in place of one that failed before its first word. */
static bool model_may_fall_back(const struct model_answer *m)
{
    const struct turn *t = m->turn;

    return !m->answered && !m->answer.said && !t->stopped && t->text.whole.len == 0 &&
           (t->call->status == CS_UPSTREAM || t->call->status == CS_UNPROCESSABLE) &&
           m->next_fallback < t->bot->configuration->n_llm_fallbacks && model_time_left(m) > 0;
}

/* What the request has used, on top of those before it. */
static void model_count(struct model_answer *m)
{
    const struct cs_completion *c = &m->answer;
    Usage *u = &m->turn->usage;
    size_t said = m->turn->text.whole.len;
    int64_t asked = c->counted ? cs_tokens_plausible(c->prompt_tokens, m->prompt.n, m->prompt.bytes)
                               : cs_tokens_estimate(m->prompt.bytes);
    int64_t answered = c->counted ? c->completion_tokens : cs_tokens_estimate(said);
    double cost;

    if (!c->counted)
        Usage_set_estimated(u, true);
    u->prompt_tokens += asked;
    u->completion_tokens += answered;
    if (price_of(m->request.provider, m->request.model, asked, answered, &cost))
        Usage_set_cost(u, (u->has_cost ? u->cost : 0) + cost);
}

static int model_over(struct model_answer *m, int r)
{
    static const char *const reasons[] = {"stop", "stop", "length", "content_filter"};
    struct turn *t = m->turn;

    if (r < 0 && model_may_fall_back(m))
        return model_fall_back(m);
    m->answered = true;
    t->finish = m->full ? "length" : reasons[m->answer.finish];
    model_count(m);
    return m->agent ? m->agent->over(m->agent->state, r) : turn_answered(t, r);
}

static int model_ask_again(struct model_answer *m, int64_t delay_ms)
{
    int r = model_ask(m, delay_ms);

    return r == CS_LATER ? r : model_over(m, r);
}

static int model_retry(struct model_answer *m, int64_t retry_after_ms, const char *why)
{
    struct cs_call *call = m->turn->call;
    int64_t ms = (int64_t)DELAY_MS << (m->tries - 1);
    int64_t delay = retry_after_ms
                        ? retry_after_ms
                        : ms - ms / 4 * (cs_mono_us() % 1000) / 1000; /* not all at once */
    int r;

    if (m->tries < TRIES && delay <= DELAY_MAX_MS && delay < model_time_left(m))
        return model_ask_again(m, delay);
    r = cs_fail(call, CS_UPSTREAM, "%s", why);
    call->retry_after_ms = retry_after_ms;
    return model_over(m, r);
}

/* The prompt is too long for the model: once more with less of it. */
static int model_shorten(struct model_answer *m)
{
    m->shortened = true;
    m->body = NULL;
    m->tries--;
    int r = model_compose(m);
    return r < 0 ? model_over(m, r) : model_ask_again(m, 0);
}

/* An answer other than 2xx, or an error in place of the first word. */
static int model_refused(struct model_answer *m, int status, const struct cs_fault *f,
                         const struct cs_http_reply *rep)
{
    struct cs_call *call = m->turn->call;
    unsigned about = learned_from(status, f) & ~m->request.without;
    const char *advice = rep->headers[HEADER_RETRY];
    const char *id = rep->headers[rep->headers[HEADER_ID] ? HEADER_ID : HEADER_OTHER_ID];
    const char *why =
        cs_fault_words(call->arena, m->request.provider, status, f, m->access.api_key);
    bool retry = cs_fault_may_pass(status, f);

    cs_fault_log(call->arena, m->request.provider, m->request.model, status, f);
    if (id)
        cs_log(CS_INFO, "a provider named the request it refused", "provider", m->request.provider,
               "request_id", id, NULL);
    if (about) {
        m->learning |= about;
        m->request.without |= about;
        m->request.stream &= !(about & CS_CHAT_STREAM);
        m->body = NULL;
        m->tries--;
        return model_ask_again(m, 0);
    }
    if (cs_fault_is_length(f) && !m->shortened && !m->agent)
        return model_shorten(m);
    if (f->quota)
        spent_add(m->turn->bot_id, &m->access, m->request.model);
    if (advice && !f->quota)
        retry = strcmp(advice, "true") == 0 || (retry && strcmp(advice, "false") != 0);
    if (retry)
        return model_retry(m, rep->retry_after_ms ? rep->retry_after_ms : f->retry_after_ms, why);
    return model_over(m, cs_fail(call, CS_UPSTREAM, "%s", why));
}

/* What came is no answer, whatever it is: it was paid for, and would come again. */
static int model_unreadable(struct model_answer *m, const struct cs_http_reply *rep)
{
    struct cs_arena *a = m->turn->call->arena;
    const char *type = rep->headers[HEADER_TYPE];
    size_t n = cs_utf8_cut(m->head, m->n_head, HEAD_BYTES);
    const char *head = cs_fault_without_key(a, cs_strndup(a, m->head, n), m->access.api_key);

    cs_log(CS_WARN, "the answer of a provider cannot be read", "provider", m->request.provider,
           "model", m->request.model, "content_type", type ? type : "", "begins", head, NULL);
    return model_over(m, cs_fail(m->turn->call, CS_UPSTREAM,
                                 "The provider %s sent an answer that cannot be read%s%s.%s%s",
                                 m->request.provider, rep->error ? ": " : "",
                                 rep->error ? rep->error : "", *head ? " It begins with: " : "",
                                 head));
}

/* No status at all. */
static int model_no_answer(struct model_answer *m, const struct cs_http_reply *rep)
{
    struct cs_call *call = m->turn->call;
    const char *provider = m->request.provider;

    if (rep->limited) {
        call->retry_after_ms = LIMITED_MS;
        return model_over(m, cs_fail(call, CS_LIMITED,
                                     "The workspace has too many answers of providers under "
                                     "way."));
    }
    if (model_time_left(m) == 0)
        return model_over(
            m, cs_fail(call, CS_UPSTREAM, "The provider %s did not answer in time.", provider));
    if (rep->garbled || rep->too_large)
        return model_unreadable(m, rep);
    if (rep->unreachable)
        return model_retry(m, 0, cs_fault_unreachable(call->arena, provider, rep->error));
    return model_retry(
        m, 0, cs_printf(call->arena, "The provider %s did not answer: %s.", provider, rep->error));
}

/* The answer began, and something is missing. */
static int model_broken_off(struct model_answer *m, const struct cs_http_reply *rep)
{
    struct cs_call *call = m->turn->call;
    const struct cs_fault *f = &m->answer.fault;
    const char *provider = m->request.provider, *error = m->silent ? "it fell silent" : rep->error;

    if (m->answer.failed) {
        cs_fault_log(call->arena, provider, m->request.model, 0, f);
        return model_over(m, cs_fail(call, CS_UPSTREAM, "%s The answer is incomplete.%s",
                                     cs_fault_reason(call->arena, provider, 0, f),
                                     cs_fault_said(call->arena, f, m->access.api_key)));
    }
    return model_over(m, cs_fail(call, CS_UPSTREAM, "The provider %s broke off its answer%s%s.",
                                 provider, error ? ": " : "", error ? error : ""));
}

static int model_complete(struct model_answer *m)
{
    static const char *const without_words[] = {"", "", ": max_output_tokens is too low",
                                                ": its content filter stopped it"};

    if (m->learning)
        learned_add(m->access.base_url, m->request.model, m->learning);
    if (m->answer.said || (m->answer.calls && m->answer.calls->n > 0))
        return model_over(m, 0);
    return model_over(m,
                      cs_fail(m->turn->call, CS_UPSTREAM, "The provider %s sent an empty answer%s.",
                              m->request.provider, without_words[m->answer.finish]));
}

/* Nothing of the answer came: a stream that was cut is asked for again, what was sent whole is not paid twice. */
static int model_without_word(struct model_answer *m, const struct cs_http_reply *rep)
{
    bool json = m->n_head > 0 && strchr("{[<", m->head[0]);
    const char *why;

    if (m->n_head > 0 && (json || !m->answer.read || m->stream.too_large))
        return model_unreadable(m, rep);
    why = cs_printf(m->turn->call->arena, "The provider %s sent no answer.", m->request.provider);
    return model_retry(m, 0, why);
}

static int model_judge(struct model_answer *m, const struct cs_http_reply *rep)
{
    struct cs_fault fault;

    if (!turn_tick(m->turn))
        return model_over(m, 0);
    if (cs_completion_over(&m->answer) || m->full)
        return model_complete(m);
    if (m->answer.said || m->answer.thought)
        return model_broken_off(m, rep);
    if (m->answer.failed)
        return model_refused(m, 0, &m->answer.fault, rep);
    if (m->stream.too_large)
        return model_unreadable(m, rep);
    if (rep->status == 0)
        return model_no_answer(m, rep);
    if (rep->status / 100 == 2)
        return model_without_word(m, rep);
    cs_fault_parse(rep->body, rep->body_len, &fault);
    return model_refused(m, rep->status, &fault, rep);
}

static int on_answer(struct cs_call *call, void *state, const struct cs_http_reply *rep)
{
    struct model_answer *m = state;

    (void)call;
    cs_sse_end(&m->stream);
    cs_sse_free(&m->stream);
    cs_completion_end(&m->answer);
    return model_judge(m, rep);
}

/* ---- the beginning ---- */

static int model_compose(struct model_answer *m)
{
    struct turn *t = m->turn;
    const BotConfiguration *c = t->bot->configuration;
    uint64_t word;

    cs_random(&word, sizeof(word));
    enum { SHORT_HISTORY = 1024, SHORT_PASSAGES = 8 * 1024 };
    m->fence = cs_printf(t->call->arena, "%016llx", (unsigned long long)word);
    struct prompt_parts parts = {
        .instructions = c->system_prompt,
        .found = t->found,
        .fence = m->fence,
        .cite = c->show_sources,
        .question = t->question,
        .given = t->unkept,
        .max_history = m->shortened ? SHORT_HISTORY : 0,
        .max_passages = m->shortened ? SHORT_PASSAGES : 0,
    };
    int r = history_said(t, &parts);

    if (r < 0)
        return r;
    prompt_compose(t->call->arena, &parts, &m->prompt);
    m->request.messages = m->prompt.messages;
    m->request.n = m->prompt.n;
    return 0;
}

/* Address, key and format of a model; negative with the problem. */
static int model_choose(struct model_answer *m, const char *provider, const char *model)
{
    struct cs_arena *a = m->turn->call->arena;
    int r = cs_access_of(m->turn->call, m->turn->bot_id, provider, &m->access);

    if (r < 0)
        return r;
    m->wire = cs_provider_chat(provider, m->access.base_url);
    if (!m->wire)
        return cs_fail(m->turn->call, CS_UNPROCESSABLE, "The provider %s has no language models.",
                       provider);
    if (spent_is(m->turn->bot_id, &m->access, model))
        return cs_fail(m->turn->call, CS_UPSTREAM,
                       "The provider %s reported an exhausted quota of the key a moment ago.",
                       provider);
    m->request.provider = provider;
    m->request.model = model;
    m->request.without = learned_of(m->access.base_url, model) | cs_provider_without(provider);
    m->request.stream = m->turn->call->frames && !(m->request.without & CS_CHAT_STREAM);
    m->learning = 0;
    m->tries = 0;
    m->body = NULL;
    m->url = cs_chat_url(a, m->wire, m->access.base_url, &m->request);
    m->headers =
        cs_access_headers(a, &m->access, cs_provider_key(provider, m->wire->key), m->wire->header);
    return 0;
}

/* The next model of the list that can be asked; what the one before said is in the log. */
static int model_fall_back(struct model_answer *m)
{
    struct turn *t = m->turn;
    const BotConfiguration *c = t->bot->configuration;
    const LlmFallback *f = c->llm_fallbacks[m->next_fallback++];

    cs_metric_add(cs_counter("chatsphere_fallbacks_total", NULL,
                             "Answers for which another model was asked."),
                  1);
    cs_ask_clear(t->call);
    if (strcmp(f->llm_provider, "builtin") == 0) {
        int r = answerer_builtin.answer(t);
        return m->agent ? m->agent->over(m->agent->state, r) : turn_answered(t, r);
    }
    if (model_choose(m, f->llm_provider, f->llm_model) < 0)
        return model_over(m, -1);
    return model_ask_again(m, 0);
}

void model_set_agent(struct model_answer *m, struct model_agent *agent)
{
    m->agent = agent;
}

int model_step(struct model_answer *m, const struct model_step *step)
{
    m->request.messages = step->messages;
    m->request.n = m->prompt.n = step->n;
    m->prompt.bytes = step->bytes;
    m->request.tools = step->tools;
    m->request.n_tools = step->n_tools;
    m->request.choice = step->choice;
    m->body = NULL;
    m->tries = 0;
    return model_ask_again(m, 0);
}

static int model_begin(struct model_answer *m)
{
    struct turn *t = m->turn;

    if (agent_wanted(t->bot->configuration))
        return agent_begin(t, m, &m->prompt, m->fence);
    return model_ask(m, 0);
}

static int model_answer(struct turn *t)
{
    const BotConfiguration *c = t->bot->configuration;
    struct model_answer *m = CS_NEW(t->call->arena, struct model_answer, 1);
    int r;

    if (!cs_bot_has_model(c))
        return cs_fail(t->call, CS_UNPROCESSABLE, "The bot has no llm_model.");
    history_time(t, RESERVE_MS);
    m->turn = t;
    m->request = (struct cs_chat_request){
        .has_temperature = c->has_temperature,
        .temperature = c->temperature,
        .has_max_tokens = c->has_max_output_tokens,
        .max_tokens = c->max_output_tokens,
    };
    if ((r = model_compose(m)) < 0)
        return r;
    r = model_choose(m, c->llm_provider, c->llm_model);
    while (r < 0 && model_may_fall_back(m)) {
        const LlmFallback *f = c->llm_fallbacks[m->next_fallback++];

        cs_ask_clear(t->call);
        if (strcmp(f->llm_provider, "builtin") == 0)
            return answerer_builtin.answer(t);
        r = model_choose(m, f->llm_provider, f->llm_model);
    }
    return r < 0 ? r : model_begin(m);
}

const struct answerer answerer_model = {.answer = model_answer, .history = history_limit};
