/* A table of channels by conversation, and a feed for each turn that is heard. */
#include "edge/channel.h"

#include "edge/socket_text.h"
#include "edge/sse.h"

#include "base/hash.h"
#include "obs/trace.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

struct channel {
    struct list link; /* of its bucket */
    struct list members, talks;
    struct edge *edge;
    uint64_t n_talks;
    char conversation[CS_ID_SIZE];
};

/* A turn under way, as a channel or one socket hears it. */
struct talk {
    struct list link; /* of channel->talks, of socket->resumed, or of the garbage */
    struct edge *edge;
    struct channel *channel; /* NULL: it is heard by `asker` alone */
    struct socket *asker;    /* NULL: it was begun elsewhere, or its socket is gone */
    uint64_t number;
    char *client_id, *question;
    char request_id[CS_ID_SIZE], traceparent[CS_TRACEPARENT_SIZE];
    struct feed feed;
};

struct channels {
    struct edge *edge;
    struct list buckets[BUCKETS];
    struct list garbage; /* talks whose feeds may still be on the stack */
    int n_sockets;
};

/* ---- the table ---- */

static struct list *bucket_of(struct channels *r, const char *conversation)
{
    return &r->buckets[cs_hash(0, conversation) % BUCKETS];
}

static struct channel *channel_find(struct channels *r, const char *conversation)
{
    struct list *bucket = bucket_of(r, conversation);

    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct channel *channel = LIST_OF(l, struct channel, link);
        if (strcmp(channel->conversation, conversation) == 0)
            return channel;
    }
    return NULL;
}

static void talk_drop(struct talk *t)
{
    feed_stop(&t->feed);
    list_remove(&t->link);
    list_add(&t->edge->channels->garbage, &t->link);
    t->channel = NULL;
    t->asker = NULL;
}

static void channel_free_if_empty(struct channel *channel)
{
    if (!list_empty(&channel->members))
        return;
    while (!list_empty(&channel->talks)) /* the turns go on, and nobody hears them here */
        talk_drop(LIST_OF(channel->talks.next, struct talk, link));
    list_remove(&channel->link);
    free(channel);
}

static struct talk *talk_of(const struct list *talks, const char *turn)
{
    for (struct list *l = talks->next; l != talks; l = l->next) {
        struct talk *t = LIST_OF(l, struct talk, link);
        if (strcasecmp(t->feed.turn, turn) == 0)
            return t;
    }
    return NULL;
}

void channel_join(struct socket *s)
{
    struct channels *channels = s->edge->channels;
    struct channel *channel = channel_find(channels, s->conversation);

    if (!channel) {
        channel = calloc(1, sizeof(*channel));
        if (!channel)
            abort();
        channel->edge = s->edge;
        memcpy(channel->conversation, s->conversation, sizeof(channel->conversation));
        list_init(&channel->members);
        list_init(&channel->talks);
        list_add(bucket_of(channels, s->conversation), &channel->link);
    }
    s->channel = channel;
    s->joined = channel->n_talks;
    list_add(&channel->members, &s->member);
}

static void asker_forget(struct list *talks, const struct socket *s)
{
    for (struct list *l = talks->next; l != talks; l = l->next) {
        struct talk *t = LIST_OF(l, struct talk, link);
        if (t->asker == s)
            t->asker = NULL;
    }
}

void channel_leave(struct socket *s)
{
    while (!list_empty(&s->resumed))
        talk_drop(LIST_OF(s->resumed.next, struct talk, link));
    if (!s->channel)
        return;
    list_remove(&s->member);
    asker_forget(&s->channel->talks, s);
    channel_free_if_empty(s->channel);
    s->channel = NULL;
}

bool channel_busy(const struct socket *s)
{
    return !list_empty(&s->resumed) || (s->channel && !list_empty(&s->channel->talks));
}

/* ---- who hears what ---- */

static bool talk_heard_by(const struct talk *t, const struct socket *s)
{
    return s == t->asker || (s->joined < t->number && !talk_of(&s->resumed, t->feed.turn));
}

/* To the one that asked, and to the others of the channel; NULL: not to them. */
static void talk_send(struct talk *t, const char *to_asker, size_t asker_len, const char *to_others,
                      size_t others_len)
{
    if (!t->channel) {
        if (to_asker && t->asker)
            socket_send(t->asker, to_asker, asker_len);
        return;
    }
    for (struct list *l = t->channel->members.next, *next; l != &t->channel->members; l = next) {
        struct socket *s = LIST_OF(l, struct socket, member);
        const char *text = s == t->asker ? to_asker : to_others;
        next = l->next;
        if (text && talk_heard_by(t, s))
            socket_send(s, text, s == t->asker ? asker_len : others_len);
    }
}

/* The other tabs learn what was asked. */
static void talk_send_question(struct talk *t, const char *question)
{
    struct cs_arena *a = &t->edge->scratch;
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t len;

    if (!question || !t->channel)
        return;
    cs_buf_adds(&b, "{\"role\":\"user\",\"content\":");
    pbjson_put_string(&b, question);
    cs_buf_adds(&b, "}");
    const char *text = socket_write(a, "message", 0, t->feed.turn, NULL, b.data, b.len, &len);
    talk_send(t, NULL, 0, text, len);
}

/* A visitor's first message has made the session, and with it the channel. */
static void talk_adopt(struct talk *t, const StartFrame *start)
{
    struct socket *s = t->asker;

    if (!s || s->channel || !start->session_id)
        return;
    socket_adopt(s, start->session_id, start->visitor_token);
    if (!s->channel)
        return;
    t->channel = s->channel;
    t->number = ++s->channel->n_talks;
    list_remove(&t->link);
    list_add(&s->channel->talks, &t->link);
}

static void on_talk_frame(void *user, const Frame *f)
{
    struct talk *t = user;
    struct cs_arena *a = &t->edge->scratch;
    bool start = f->kind_case == FRAME_KIND_START;
    size_t len = 0, n, n_own;
    const char *kind, *data = sse_frame_data(a, f, t->request_id, &kind, &len);

    if (!data)
        return;
    if (start)
        talk_adopt(t, f->start);
    const char *text =
        socket_write(a, kind, f->seq, start ? NULL : t->feed.turn, NULL, data, len, &n);
    const char *own = text;
    n_own = n;
    if (start && t->client_id)
        own = socket_write(a, kind, f->seq, NULL, t->client_id, data, len, &n_own);
    talk_send(t, own, n_own, text, n);
    if (start)
        talk_send_question(t, t->question);
}

static void on_talk_found(void *user, const TurnState *state)
{
    talk_send_question(user, state->question);
}

static void talk_over(struct talk *t)
{
    struct channel *channel = t->channel;
    struct socket *asker = t->asker;
    bool leaving = t->edge->leaving;

    talk_drop(t);
    if (!channel && asker)
        socket_opened(asker);
    if (!leaving)
        return;
    if (!channel && asker)
        socket_may_leave(asker);
    for (struct list *l = channel ? channel->members.next : NULL; channel && l != &channel->members;
         l = l->next)
        socket_may_leave(LIST_OF(l, struct socket, member));
}

static void on_talk_refused(void *user, const Problem *p)
{
    struct talk *t = user;

    if (t->feed.begin.rpc && t->asker)
        socket_problem(t->asker, p, t->client_id);
    talk_over(t);
}

static void on_talk_over(void *user)
{
    talk_over(user);
}

static const struct feed_sink asked_sink = {
    .frame = on_talk_frame,
    .refused = on_talk_refused,
    .over = on_talk_over,
};
static const struct feed_sink followed_sink = {
    .frame = on_talk_frame,
    .found = on_talk_found,
    .refused = on_talk_refused,
    .over = on_talk_over,
};

/* ---- turns ---- */

static struct talk *talk_new(struct edge *e, const struct identity *who,
                             const struct feed_sink *sink)
{
    struct talk *t = calloc(1, sizeof(*t));

    if (!t)
        abort();
    t->edge = e;
    cs_id_new(t->request_id);
    cs_trace_child(NULL, t->traceparent);
    t->feed.sink = sink;
    t->feed.user = t;
    t->feed.caller =
        (struct feed_caller){.request_id = t->request_id, .traceparent = t->traceparent};
    identity_copy(&t->feed.caller.who, who);
    return t;
}

static void talk_free(struct talk *t)
{
    identity_free(&t->feed.caller.who);
    free(t->client_id);
    free(t->question);
    free(t);
}

static void talk_enter(struct talk *t, struct channel *channel)
{
    t->channel = channel;
    t->number = ++channel->n_talks;
    list_add(&channel->talks, &t->link);
}

void channel_ask(struct socket *s, const struct cs_rpc *rpc, const ProtobufCMessage *msg,
                 const char *question, const char *client_id)
{
    struct talk *t = talk_new(s->edge, &s->who, &asked_sink);
    char turn[CS_ID_SIZE];

    t->asker = s;
    t->client_id = client_id ? strdup(client_id) : NULL;
    t->question = strdup(question);
    if (s->channel)
        talk_enter(t, s->channel);
    else
        list_add(&s->resumed, &t->link);
    cs_id_new(turn);
    feed_begin(&t->feed, s->edge, rpc, msg, turn);
}

void channel_resume(struct socket *s, const char *turn, uint32_t after)
{
    struct talk *before = talk_of(&s->resumed, turn), *t;
    ResumeTurnRequest req = RESUME_TURN_REQUEST_INIT;

    if (before)
        talk_drop(before);
    if (!cs_id_valid(turn) || !*s->conversation)
        return;
    t = talk_new(s->edge, &s->who, &asked_sink);
    t->asker = s;
    list_add(&s->resumed, &t->link);
    req.turn_id = (char *)turn;
    req.conversation_id = s->conversation;
    ResumeTurnRequest_set_after(&req, after);
    feed_follow(&t->feed, s->edge, RPC_CHAT_RESUME_TURN, &req);
}

/* A turn began: another tab's, or one that was asked without a socket. */
static void on_announced(void *user, const char *conversation, const char *turn, size_t len)
{
    struct channels *r = user;
    struct channel *channel = channel_find(r, conversation);
    ResumeTurnRequest req = RESUME_TURN_REQUEST_INIT;
    char id[CS_ID_SIZE];

    if (!channel || len >= sizeof(id))
        return;
    snprintf(id, sizeof(id), "%.*s", (int)len, turn);
    if (!cs_id_valid(id) || talk_of(&channel->talks, id))
        return;
    struct talk *t = talk_new(r->edge, &LIST_OF(channel->members.next, struct socket, member)->who,
                              &followed_sink);
    talk_enter(t, channel);
    req.turn_id = id;
    req.conversation_id = channel->conversation;
    feed_follow(&t->feed, r->edge, RPC_CHAT_RESUME_TURN, &req);
}

/* ---- life ---- */

struct channels *channels_new(struct edge *e)
{
    struct channels *r = calloc(1, sizeof(*r));

    if (!r)
        abort();
    r->edge = e;
    list_init(&r->garbage);
    for (int i = 0; i < BUCKETS; i++)
        list_init(&r->buckets[i]);
    return r;
}

void channels_count(struct channels *r, int n)
{
    bool before = r->n_sockets > 0;

    r->n_sockets += n;
    if (before != (r->n_sockets > 0))
        bridge_announced(r->edge->bridge, before ? NULL : on_announced, r);
}

void channels_turn(struct channels *r)
{
    while (!list_empty(&r->garbage)) {
        struct talk *t = LIST_OF(r->garbage.next, struct talk, link);
        list_remove(&t->link);
        talk_free(t);
    }
}

void channels_free(struct channels *r)
{
    channels_turn(r);
    free(r);
}
