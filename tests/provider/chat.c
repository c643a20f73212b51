/* When each word of an answer is said, and where it breaks off. */
#include "chat.h"
#include "chat_wire.h"
#include "reply.h"
#include "script.h"
#include "stream.h"

#include "base/clock.h"

#include <string.h>

enum { HOLD_MS = 200 };

/* Tokens keep their times however late a timer is: a model does not slow down with its listeners. */
static bool chat_word_is_due(const struct answer *a)
{
    return a->began_ms + (int64_t)a->at * a->b.token_ms <= cs_mono_ms();
}

/* The answer is over, and the connection stays. */
static void chat_hold(h2o_timeout_entry_t *t)
{
    struct answer *a = answer_of_timer(t);

    if (a->gone)
        return;
    cs_buf_adds(&a->out, ": here\n\n");
    stream_flush(a);
    answer_later(a, HOLD_MS, chat_hold);
}

static void chat_say(h2o_timeout_entry_t *t)
{
    struct answer *a = answer_of_timer(t);

    if (!a->began_ms)
        a->began_ms = cs_mono_ms();
    while (!a->gone && !a->done) {
        char word[64];
        if (a->at == a->b.cut) {
            stream_flush(a);
            stream_cut(a);
            return; /* a may be gone */
        }
        if (a->at == a->b.error) {
            a->wire->error(a);
            a->done = true;
        } else if (a->at >= answer_words(a)) {
            a->wire->end(a);
            if (a->b.open) {
                stream_flush(a);
                answer_later(a, HOLD_MS, chat_hold);
                return;
            }
            a->done = true;
        } else {
            a->wire->word(a, answer_word(a, a->at++, word));
            if (!chat_word_is_due(a))
                break;
        }
    }
    stream_flush(a);
    if (!a->done && !a->gone)
        answer_later(a, a->b.token_ms, chat_say);
}

static void reply_whole(h2o_req_t *req, json_t *value)
{
    reply_json(req, 200, value);
}

static void chat_say_whole(h2o_timeout_entry_t *t)
{
    struct answer *a = answer_of_timer(t);
    CS_BUF_AUTO struct cs_buf text = {0};
    char word[64];

    if (a->gone)
        return;
    if (a->b.cut >= 0)
        reply_hang_up(a->req);
    for (int i = 0; i < answer_words(a); i++)
        cs_buf_adds(&text, answer_word(a, i, word));
    a->done = true;
    (a->b.gzip ? reply_gzip : reply_whole)(a->req,
                                           a->wire->whole(a, text.data ? text.data : "", text.len));
}

bool question_is_of_system(json_t *message)
{
    const char *role = json_string_value(json_object_get(message, "role"));

    return role && strcmp(role, "system") == 0;
}

void chat_serve(const struct wire *wire, h2o_req_t *req, json_t *body, const char *model,
                const struct behaviour *b)
{
    const char *why, *param = NULL;
    struct question question = {0};
    json_auto_t *plain = NULL;
    struct answer *a;
    char *say = NULL;

    if (b->script && script_serve(wire, req, body, b, &say, &plain))
        return;
    if (plain)
        body = plain;

    if (b->picky && (why = wire->chat->picky(body, &param))) {
        wire_refuse(wire, req, (struct refusal){400, "invalid_request_error", why, param});
        return;
    }
    if (!wire->chat->read(body, &question)) {
        wire_refuse(
            wire, req,
            (struct refusal){400, "invalid_request_error", "messages must not be empty", NULL});
        return;
    }
    if (b->longest && question.bytes > (size_t)b->longest) {
        wire_refuse(wire, req,
                    (struct refusal){400, "invalid_request_error",
                                     "This model's maximum context length is exceeded", NULL});
        return;
    }
    if (b->plain && question.orders) {
        wire_refuse(
            wire, req,
            (struct refusal){400, "invalid_request_error", "System role not supported", NULL});
        return;
    }
    question.stream ^= b->turned;
    a = answer_new(req, b);
    a->wire = wire->chat;
    a->model = strdup(model);
    a->echo = say ? say : b->echo ? strdup(question.last) : NULL;
    a->prompt_tokens = (int)(question.bytes / 4);
    a->usage = question.usage;
    if (!question.stream) {
        answer_later(a, b->first_ms, chat_say_whole);
        return;
    }
    stream_start(a, a->wire->stream_type);
    a->wire->begin(a);
    stream_flush(a);
    answer_later(a, b->first_ms, chat_say);
}
