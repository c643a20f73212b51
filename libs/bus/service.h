#pragma once
/*
 * Service: a table of subject handlers run by a pool of workers.
 *
 * The contract is the `service` block of a .proto. GetBot of BotStore listens on
 * chatsphere.v1.bot_store.get_bot in queue group bot_store; the program does not link if a method
 * has no handler. One queue subscription feeds one bounded queue; when that is full the caller gets 503
 * at once (it retries twice); N workers take from it. Each has one PostgreSQL connection.
 *
 * A handler is straight-line, blocking code on one worker:
 *
 *     CS_HANDLER(BotStore, get_bot, BotRequest, Bot)        in bot.c: checks types, defines a row of the table
 *     {
 *         if (...) return cs_fail(call, CS_NOT_FOUND, "no such bot");
 *         rep->name = cs_strdup(call->arena, ...);
 *         return 0;
 *     }
 *     #include "chatsphere/v1/bot_store.rpc.h"              in main.c: the table, made from the .proto
 *     static const struct cs_service service = {.methods = bot_store_methods, ...};
 *
 * It owns nothing: request, reply and scratch live in call->arena. It returns 0 (the reply is
 * sent), a negative number from cs_fail() (a problem is sent) or CS_LATER (it was staged: see
 * bus/client.h and http/engine.h; the worker is free and a stage function goes on later, on any
 * worker, with the same call). Any other number is a bug: the caller gets 500, and the log says
 * which outcome of bus/store.h was returned by which rpc. A handler never touches NATS.
 */
#include "base/arena.h"
#include "base/env.h"
#include "base/err.h"
#include "pbjson/contract.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

struct cs_pg;

/*
 * What a handler or a stage returns besides 0 and negative numbers; never an outcome of bus/store.h.
 * CS_LATER: it was staged. CS_ANSWERED: call->rep is an answer kept earlier (bus/idempotency.h).
 */
enum { CS_LATER = 1000, CS_ANSWERED };

/* One call being worked on. Strings live as long as the call; absent ones are NULL. */
struct cs_call {
    struct cs_arena *arena;
    struct cs_pg *pg;            /* this worker's connection; NULL in a service without a schema */
    const struct cs_rpc *rpc;    /* NULL in a job or ticker */
    ProtobufCMessage *req, *rep; /* what the handler got */
    const char *request_id, *traceparent;
    const char *cancel;    /* the word by which the caller may call it off; NULL: nobody may */
    const char *tenant;    /* verified by the edge */
    const char *principal; /* user:<id>, key:<id>, visitor:<session>, service:<name> */
    const char *roles;     /* comma separated */
    const char *auth;      /* signature over the four above */
    const char *frames;    /* subject for frames; NULL: a whole answer is wanted */
    const char *reply;     /* subject of the answer, by which another process may end the call */
    const char *turn;      /* id of the turn that `frames` belongs to */
    const char *idempotency_key;
    const ProtobufCMessage *begun; /* kept by an earlier call of this key: bus/idempotency.h */
    int64_t deadline_ms; /* cs_mono_ms(), so that no step of the wall clock matters; never 0 */
    uint32_t frame_seq;  /* last frame sent */
    int status;          /* set by cs_fail(); 0 while all is well */
    const char *detail;
    int64_t retry_after_ms;
    struct cs_fields *fields;           /* wrong fields noted by cs_fail_field() */
    struct cs_idempotency *idempotency; /* the runtime's own, as is the next */
    struct cs_later *later;
};

typedef int cs_handler_fn(struct cs_call *call, const void *req, void *rep);

struct cs_method {
    const struct cs_rpc *rpc;
    cs_handler_fn *fn;
};

/* A job handler; see bus/job.h. */
struct cs_job;
/* Something done again and again on a thread of its own with its own connection. */
struct cs_ticker {
    const char *name;
    int every_ms;
    void (*fn)(struct cs_call *call); /* call has arena, pg and principal service:<name> */
    /* NULL: always. While it says that nothing is under way, the rounds are rest_ms apart: what only
     * this process can begin needs none, what another may have left behind needs one now and then.
     * Short, any thread; it must not call cs_tickers_wake(). */
    bool (*under_way)(void);
    int rest_ms;
};
/* Something that a resting ticker looks after has begun: under_way is asked again. Any thread. */
void cs_tickers_wake(void);

/* A fan-out message: chatsphere.ctl.<subject>; called on a NATS thread, must be short. */
struct cs_ctl {
    const char *subject; /* such as cache.bot.* */
    void (*fn)(const char *subject, const char *data, size_t len);
};

/* One of the events that a reaction hears of together. */
struct cs_happened {
    const char *tenant, *id;
    const ProtobufCMessage *payload;
};

/* What a service does on an event of another, exactly once in effect: it must be idempotent. */
struct cs_reaction {
    const char *event; /* bot.deleted; listed in nats/topology.c too, which makes the consumer */
    /* as a job handler: 0, or cs_fail() to be tried again; tenant is call->tenant */
    int (*fn)(struct cs_call *call, const char *bot, const char *id);
    /* or, for frequent ones: what came within a moment, of any tenants, with what they say */
    int (*many)(struct cs_call *call, const struct cs_happened *events, size_t n);
    const ProtobufCMessageDescriptor *payload; /* of many */
};

enum { CS_QUEUE = 64 };

struct cs_service {
    const char *about;                   /* first line of --help */
    const struct cs_method *methods;     /* of <service>.rpc.h; at least one; ends with {0} */
    const struct cs_job *jobs;           /* ends with {0}; may be NULL */
    const struct cs_ticker *tickers;     /* ends with {0}; may be NULL */
    const struct cs_ctl *ctl;            /* ends with {0}; may be NULL */
    const struct cs_reaction *reactions; /* ends with {0}; may be NULL */
    const struct cs_env *env;            /* settings beyond those of every service; may be NULL */
    int queue; /* calls that may wait for a worker unless QUEUE says otherwise; 0: CS_QUEUE */
    int (*start)(void);  /* settings loaded, nothing served yet; 0, or -1 with a log line */
    void (*leave)(void); /* stopping: let go of suspended calls that wait for no answer */
    void (*stop)(void);  /* every call has ended, tickers and jobs too */
};

/* Runs until SIGTERM or SIGINT, then drains: nothing accepted is lost. The exit status. */
int cs_service_main(const struct cs_service *s, int argc, char **argv);

/* NOLINTBEGIN(bugprone-macro-parentheses): (Req_) would not be a declaration */
/*
 * CS_HANDLER(Auth, login, LoginRequest, Session) { body } defines
 *     static int on_login(struct cs_call *call, const LoginRequest *req, Session *rep)
 * and on_Auth_login(), which the generated table names. It fails to compile if rpc Login of
 * service Auth has other types in the .proto.
 */
#define CS_HANDLER(service_, rpc_, Req_, Rep_)                                                     \
    static int on_##rpc_(struct cs_call *call, const Req_ *req, Rep_ *rep);                        \
    cs_handler_fn on_##service_##_##rpc_;                                                          \
    int on_##service_##_##rpc_(struct cs_call *call, const void *req, void *rep)                   \
    {                                                                                              \
        return on_##rpc_(call, req, rep);                                                          \
    }                                                                                              \
    _Static_assert(__builtin_types_compatible_p(                                                   \
                       __typeof__(((Chatsphere__V1__##service_##_Service *)0)->rpc_),              \
                       void (*)(Chatsphere__V1__##service_##_Service *, const Req_ *,              \
                                void (*)(const Rep_ *, void *), void *)),                          \
                   #rpc_ " does not have the types of its .proto");                                \
    static int on_##rpc_(struct cs_call *call, const Req_ *req, Rep_ *rep)
/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- failing ---- */

/* Sets the problem the caller gets; returns a negative number. `fmt` is shown outside. */
int cs_fail(struct cs_call *call, enum cs_error e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Notes one wrong field (several may be noted) and returns as cs_fail(CS_INVALID). */
int cs_fail_field(struct cs_call *call, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* After call->pg failed: 503 when the database cannot be reached, else 500; rolls back. */
int cs_fail_pg(struct cs_call *call);
/* Logs `detail` with the call's ids and answers 500 without it. */
int cs_fail_internal(struct cs_call *call, const char *detail);
#if defined(__clang_analyzer__) && !defined(CS_FAIL_C) /* what these return is never 0 */
#define cs_fail(...) ((void)cs_fail(__VA_ARGS__), -1)
#define cs_fail_field(...) ((void)cs_fail_field(__VA_ARGS__), -1)
#define cs_fail_pg(...) ((void)cs_fail_pg(__VA_ARGS__), -1)
#define cs_fail_internal(...) ((void)cs_fail_internal(__VA_ARGS__), -1)
#endif

/* ---- who calls ---- */

bool cs_has_role(const struct cs_call *call, const char *word); /* exact word in roles */
/* The part of principal behind "user:" (or "visitor:" ...), or NULL if it is of another kind. */
const char *cs_principal_id(const struct cs_call *call, const char *kind);

/* ---- while it runs ---- */

bool cs_cancelled(struct cs_call *call); /* the caller gave up, or the deadline passed */

/* Numbers the frame and publishes it to call->frames; nothing happens when that is NULL. */
struct Chatsphere__V1__Frame;
void cs_frame(struct cs_call *call, struct Chatsphere__V1__Frame *frame);
/* The same for a frame of a call that is no longer here (a dead runner's turn). */
void cs_frame_to(const char *subject, uint32_t seq, struct Chatsphere__V1__Frame *frame);
/* The problem, as the answer of such a call: to its `reply`. */
struct Chatsphere__V1__Problem;
void cs_problem_to(const char *reply, const struct Chatsphere__V1__Problem *problem);

/* Fan-out: chatsphere.ctl.<kind>.<token>, payload `id`. Losing one is allowed for. */
void cs_ctl_publish(const char *kind, const char *token, const char *id);

/* ---- later ---- */

/*
 * Suspends the call: the handler returns CS_LATER right after. Whoever holds the call then calls
 * cs_call_resume() exactly once, from any thread; fn runs on a worker and returns as a handler does.
 */
typedef int cs_resume_fn(struct cs_call *call, void *state);
void cs_call_resume(struct cs_call *call, cs_resume_fn *fn, void *state);

/* ---- for tests: no broker ---- */

/* Unpacks, validates, runs the row and packs. True: `out` is the reply; false: a Problem. */
bool cs_service_dispatch(const struct cs_service *s, struct cs_call *call, const char *method,
                         const void *in, size_t in_len, void **ret_out, size_t *ret_len);
