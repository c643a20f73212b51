/* The list of waiting calls, what wakes them, and the handler that decides. */
#include "chat/approval.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/list.h"
#include "bus/client.h"
#include "bus/idempotency.h"
#include "chat/running.h"
#include "chat/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ALIVE_MS = 10 * 1000, ASK_MS = 2000, RESERVE_MS = 5000 };

struct approval {
    struct list link; /* unlinked once it goes on */
    struct turn *turn;
    const ToolCall *what;
    approval_fn *next;
    void *state;
    int64_t until_ms, alive_ms;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list waiting = {.next = &waiting, .prev = &waiting};
static atomic_size_t n_waiting;
static bool stopping; /* under the lock */

static int approval_decided(struct cs_call *call, void *state)
{
    const struct approval *w = state;
    bool approved = false;
    int r = store_approval_end(call, w->turn->id, w->what->call_id, &approved);

    if (r < 0)
        cs_ask_clear(call); /* without a decision it is a rejection */
    return w->next(call, w->state, approved);
}

/* Under the lock. The turn may go on before this returns. */
static void approval_resume(struct approval *w)
{
    list_remove(&w->link);
    n_waiting--;
    cs_call_resume(w->turn->call, approval_decided, w);
}

static void approval_announce(const struct approval *w, int64_t wait_ms)
{
    ApprovalFrame approval = APPROVAL_FRAME_INIT;
    Frame frame = FRAME_INIT;

    approval.call_id = w->what->call_id;
    approval.name = w->what->name;
    approval.arguments = w->what->arguments;
    ApprovalFrame_set_expires_at(&approval, cs_now_ms() + wait_ms);
    frame.kind_case = FRAME_KIND_APPROVAL_REQUIRED;
    frame.approval_required = &approval;
    cs_frame(w->turn->call, &frame);
}

int approval_wait(struct turn *t, const ToolCall *what, approval_fn *next, void *state)
{
    int64_t now = cs_mono_ms(), left = t->call->deadline_ms - now - RESERVE_MS;
    int64_t wait_ms = cs_env_int("APPROVAL_S") * 1000;
    struct approval *w = CS_NEW(t->call->arena, struct approval, 1);
    int r = store_approval_add(t->call, t->id, what->call_id);

    if (r < 0)
        return r;
    wait_ms = wait_ms < left ? wait_ms : left;
    *w = (struct approval){.turn = t,
                           .what = what,
                           .next = next,
                           .state = state,
                           .until_ms = now + wait_ms,
                           .alive_ms = now};
    approval_announce(w, wait_ms);
    pthread_mutex_lock(&lock);
    list_add(&waiting, &w->link);
    n_waiting++;
    if (stopping)
        approval_resume(w);
    pthread_mutex_unlock(&lock);
    cs_tickers_wake();
    return CS_LATER;
}

void approval_on_decision(const char *subject, const char *call_id, size_t len)
{
    const char *turn = strrchr(subject, '.');

    if (!turn)
        return;
    pthread_mutex_lock(&lock);
    for (struct list *at = waiting.next, *next; at != &waiting; at = next) {
        struct approval *w = LIST_OF(at, struct approval, link);
        next = at->next;
        if (strcasecmp(w->turn->id, turn + 1) == 0 && strlen(w->what->call_id) == len &&
            memcmp(w->what->call_id, call_id, len) == 0)
            approval_resume(w);
    }
    pthread_mutex_unlock(&lock);
}

static void approval_alive(struct approval *w, int64_t now)
{
    StatusFrame status = STATUS_FRAME_INIT;
    Frame frame = FRAME_INIT;

    if (now - w->alive_ms < ALIVE_MS)
        return;
    w->alive_ms = now;
    status.state = (char[]){"approval"};
    status.tool = w->what->name;
    frame.kind_case = FRAME_KIND_STATUS;
    frame.status = &status;
    cs_frame(w->turn->call, &frame);
}

/* The turns that wait, copied; those that wait no longer go on. */
static char **approval_turns(struct cs_arena *a, size_t *ret_n)
{
    int64_t now = cs_mono_ms();
    char **turns;
    size_t n = 0;

    pthread_mutex_lock(&lock);
    turns = CS_NEW(a, char *, n_waiting + 1);
    for (struct list *at = waiting.next, *next; at != &waiting; at = next) {
        struct approval *w = LIST_OF(at, struct approval, link);
        next = at->next;
        if (now >= w->until_ms || running_cancelled(w->turn->running)) {
            approval_resume(w);
            continue;
        }
        approval_alive(w, now);
        turns[n++] = cs_strdup(a, w->turn->id);
    }
    pthread_mutex_unlock(&lock);
    *ret_n = n;
    return turns;
}

void approval_tick(struct cs_call *call)
{
    static int64_t asked_ms; /* of the one thread of the ticker */
    struct store_decided *decided;
    size_t n, n_decided;
    char **turns = approval_turns(call->arena, &n);

    if (n == 0 || cs_mono_ms() - asked_ms < ASK_MS)
        return;
    asked_ms = cs_mono_ms();
    if (store_approvals_decided(call, turns, n, &decided, &n_decided) < 0)
        return;
    for (size_t i = 0; i < n_decided; i++)
        approval_on_decision(cs_printf(call->arena, ".%s", decided[i].turn), decided[i].call_id,
                             strlen(decided[i].call_id));
}

bool approval_any(void)
{
    return n_waiting > 0;
}

void approval_stop(void)
{
    pthread_mutex_lock(&lock);
    stopping = true;
    while (!list_empty(&waiting))
        approval_resume(LIST_OF(waiting.next, struct approval, link));
    pthread_mutex_unlock(&lock);
}

CS_HANDLER(Chat, approve_tool_call, ApproveToolCallRequest, Empty)
{
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    r = cs_id_valid(req->turn_id) ? store_approval_decide(call, req, call->principal) : STORE_NONE;
    if (r == STORE_NONE)
        return cs_fail(call, CS_NOT_FOUND, "The turn does not exist, or has no such call.");
    if (r == STORE_STALE)
        return cs_fail(call, CS_CONFLICT, "The call does not wait for a decision any more.");
    if (r < 0)
        return r;
    cs_idempotency_keep(call, &rep->base);
    if ((r = store_commit(call)) == 0)
        cs_ctl_publish("turn_approval", req->turn_id, req->call_id);
    return r;
}
