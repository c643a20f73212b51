#pragma once
/*
 * Turn: one question and its answer, from acceptance to the reply.
 *
 * Accepted: the person's message, the bot's pending one and the lease are committed; `start` is
 * sent. Meanwhile passages are searched (staged: no worker is held); then the answerer of the
 * bot's llm_provider speaks. What was said is committed before `usage` and `end` are sent, and equals
 * the deltas put together. A failure after acceptance is kept as a failed message, told by `error`
 * and `end`, and is the reply.
 *
 * A turn lives in the call's arena and belongs to whichever thread has the call: a worker, or the
 * engine of http/engine.h while a provider speaks. turn_answered() gives back what is not arena.
 */
#include "base/id.h"
#include "bus/service.h"
#include "chat/delta.h"
#include "chat/hint.h"
#include "chat/store.h"
#include "chatsphere/v1/names.h"

struct running;
struct answerer;
struct store_said;

struct turn {
    char id[CS_ID_SIZE], question_id[CS_ID_SIZE], message_id[CS_ID_SIZE];
    const char *conversation, *question;
    const char *replaces;      /* the turn whose place it takes in the conversation; else NULL */
    const char *session;       /* public chat; else NULL */
    const char *visitor_token; /* of a session made by this call */
    Bot *bot;                  /* known before (public chat, a hint), or after acceptance */
    char *bot_id;

    const struct answerer *answerer;
    const SearchReply *found; /* what the answer may rest on */
    struct store_said *said;  /* before this turn, newest first */
    size_t n_said;
    char *earlier
        [HINT_QUESTIONS]; /* questions before this one, the latest first: the search takes them */
    size_t n_earlier;
    bool unkept;          /* nothing of it is stored but what the plan counts */
    bool recalled;        /* said is as much as the answerer reads */
    SourcesFrame sources; /* the same as it is shown and stored; none unless show_sources */
    Usage usage;
    ToolCall **tool_calls; /* of an agent, in their order */
    size_t n_tool_calls;
    const char *tool; /* that runs; NULL: none */

    struct cs_call *call;
    struct delta text;
    struct delta thoughts; /* reasoning of the model, for frames alone */
    bool thinking;         /* it was said that the model is */
    int64_t framed_ms;     /* when the last frame was sent */
    const char *why;       /* of a failure, as members of the workspace may know it */
    const char *finish;    /* why all was said: stop unless the answerer knows better */
    bool over;             /* turn_answered() was called */
    bool stopped;          /* on request, before everything was said */
    struct running *running;
    int64_t accepted_ms;
    int64_t first_token_ms;     /* after accepted_ms; -1: nothing was said yet */
    bool cached;                /* the answer cache gave the answer */
    struct answer_cache *cache; /* of the question, if the bot has one; else NULL */
    struct store_quota quota;
    int refused; /* negative: not accepted, because of problem */
    struct {
        int status;
        const char *detail, *code;
        int64_t retry_after_ms;
    } problem;
    Turn *rep;
};

struct turn *turn_new(struct cs_call *call, const char *conversation, const char *question,
                      Turn *rep);

/* fresh: a conversation to be made with it, or NULL. Returns as a handler does. */
int turn_run(struct turn *t, const Conversation *fresh);

/*
 * The same for a turn of which nothing is kept: without a conversation, with bot, bot_id, said and recalled set. It
 * stops when its caller leaves.
 */
int turn_run_unkept(struct turn *t);

/* The turn that call->begun names, as it was stored; 409 while it is being answered. */
int turn_again(struct cs_call *call, Turn *rep);

/* A failed message as a visitor may see it: without the provider's words. */
void turn_hide_error(Message *m);

/* ---- for answerers ---- */

/* More of the answer. False: say no more, somebody asked to stop. */
bool turn_say(struct turn *t, const char *text, size_t len);

/* More of the reasoning, which is no part of the answer: members get it, visitors when the bot says so. */
void turn_think(struct turn *t, const char *text, size_t len);

/* To be called every few ms while the answerer waits: sends what is due, and a sign of life in long silence. False as
 * turn_say(). */
bool turn_tick(struct turn *t);

/*
 * The answer is over; r is 0, or negative with the problem on the call. Called once, by who ran
 * the answerer, or by its last stage if it was staged. Returns what a handler returns.
 */
int turn_answered(struct turn *t, int r);
