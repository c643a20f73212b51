#pragma once
/*
 * Service: a table of subject handlers run by a pool of workers.
 *
 * The contract is the `service` block of a .proto. GetBot of BotStore listens on
 * chatsphere.v1.bot_store.get_bot in queue group bot_store; the program does not link if a method
 * has no handler. One queue subscription feeds one bounded queue; when that is full the caller gets 503
 * at once (it retries twice); N workers take from it. A worker has no PostgreSQL connection of its
 * own: each transaction borrows one of the process (pg/pool.h).
 *
 * A handler is straight-line, blocking code on one worker:
 *
 *     CS_HANDLER(BotStore, get_bot, BotRequest, Bot)        in bot.c: checks types, defines a row of the table
 *     {
 *         if (...) return cs_fail(call, CS_NOT_FOUND, "The bot does not exist.");
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
#include "base/env.h"
#include "bus/call.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

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

/*
 * One event as it was published, for a reaction that passes events on. Borrowed for the time of the
 * call; headers that are absent are NULL. The names are those of CloudEvents, from the headers ce-*.
 */
struct cs_event_raw {
    const char
        *wire; /* its subject on the bus: chatsphere.event.v1.<tenant>.<bot or _>.bot.deleted */
    const char *tenant, *bot;              /* bot NULL: the event is of no bot */
    const char *aggregate, *event;         /* bot, deleted */
    const char *id, *type, *source, *time; /* time: RFC 3339 */
    const char *subject;                   /* id of the aggregate */
    const char *dataschema;                /* urn:protobuf:chatsphere.v1.BotEvent */
    int64_t version;                       /* of the aggregate; 0: none */
    const void *data;                      /* the payload, a packed message */
    size_t len;
};

/*
 * What a service does on events of others, exactly once in effect: it must be idempotent. An event
 * that fails 10 times, or for good, becomes a dead letter (bus/dead_letter.h). Each row
 * has one of the three functions, and its event stands in nats/topology.c too, which makes the
 * consumer; the start is refused while the two lists differ.
 */
struct cs_reaction {
    const char *event; /* bot.deleted; a pattern such as bot.*, *.deleted or > is for raw alone */
    /* as a job handler: 0, or cs_fail() to be tried again; tenant is call->tenant */
    int (*fn)(struct cs_call *call, const char *bot, const char *id);
    /* or, for frequent ones: what came within a moment, of any tenants, with what they say */
    int (*many)(struct cs_call *call, const struct cs_happened *events, size_t n);
    const ProtobufCMessageDescriptor *payload; /* of many */
    /* or, for events that are passed on: as fn, with headers and payload; tenant is call->tenant */
    int (*raw)(struct cs_call *call, const struct cs_event_raw *event);
};

enum { CS_QUEUE = 64 };

/*
 * A lane of methods that are dear: at most a setting's number of them are under way in this process,
 * waiting and suspended ones included. The next one is refused with 429 before it takes a place of
 * the queue, so other methods never wait behind them. As many again may be under way of calls that
 * the service knows to be a friend's, so that a crowd of strangers does not close the lane to them.
 */
struct cs_lane {
    const char *name;           /* label of cs_lane_calls and cs_lane_refused_total */
    const char *const *methods; /* ends with NULL */
    const char *setting;        /* the setting of the service with the number */
    /* the body as it came; asked only while the lane is full, by the thread of delivery: it must be
     * quick and ask nobody. NULL: no call is a friend's */
    bool (*friendly)(const char *method, const void *body, size_t len);
};

struct cs_service {
    const char *about;                   /* first line of --help */
    const struct cs_method *methods;     /* of <service>.rpc.h; at least one; ends with {0} */
    const struct cs_job *jobs;           /* ends with {0}; may be NULL */
    const struct cs_ticker *tickers;     /* ends with {0}; may be NULL */
    const struct cs_ctl *ctl;            /* ends with {0}; may be NULL */
    const struct cs_reaction *reactions; /* ends with {0}; may be NULL */
    const struct cs_lane *lane;          /* may be NULL */
    const struct cs_env *env;            /* settings beyond those of every service; may be NULL */
    int queue; /* calls that may wait for a worker unless QUEUE says otherwise; 0: CS_QUEUE */
    bool share_workers;  /* the calls of one workspace run on at most half of the workers */
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

/* ---- to all processes ---- */

/* Fan-out: chatsphere.ctl.<kind>.<token>, payload `id`. Losing one is allowed for. */
void cs_ctl_publish(const char *kind, const char *token, const char *id);

/* ---- for tests: no broker ---- */

/* Without a signature: unpacks, validates, runs the row and packs. True: `out` is the reply; false: a Problem. */
bool cs_service_dispatch(const struct cs_service *s, struct cs_call *call, const char *method,
                         const void *in, size_t in_len, void **ret_out, size_t *ret_len);
