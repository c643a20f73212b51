/* Each route reads its object, asks a service, and writes what the official clients expect. */
#include "edge/openai.h"

#include "edge/ask.h"
#include "edge/feed.h"
#include "edge/openai_text.h"
#include "edge/stream.h"
#include "edge/transcode.h"

#include "base/clock.h"
#include "nats/wire.h"

#include <stdlib.h>
#include <string.h>

enum { SILENT_MS = 15 * 1000 /* then a stream begins without a word, so that its client waits */ };

/* Of a model that is asked for by name. */
static void openai_refuse(struct request *r, Problem *p)
{
    struct cs_arena *a = r->http->arena;

    if (p->status == CS_NOT_FOUND) {
        p->code = cs_strdup(a, "model_not_found");
        p->detail = cs_strdup(a, "The model does not exist. A model is the id of a bot.");
        p->n_errors = 1;
        p->errors = CS_NEW(a, FieldError *, 1);
        p->errors[0] = FieldError_new(a);
        p->errors[0]->field = cs_strdup(a, "model");
    }
    answer_problem(r, p);
}

/* False: no bot can have this id, and it was answered. */
static bool model_is_id(struct request *r, const char *model)
{
    Problem p = PROBLEM_INIT;

    if (cs_id_valid(model))
        return true;
    p.status = CS_NOT_FOUND;
    openai_refuse(r, &p);
    return false;
}

static void openai_refuse_reply(struct request *r, const struct bridge_reply *reply)
{
    openai_refuse(r, problem_of_reply(r->http->arena, reply));
}

static void openai_unreadable(struct request *r)
{
    answer_error(r, CS_UPSTREAM, "The service sent an unreadable reply.");
}

/* NULL: it was answered */
static json_t *openai_body(struct request *r)
{
    json_t *body = NULL;

    if (transcode_body(r, &body) && !body)
        answer_error(r, CS_INVALID, "The body must be a JSON object.");
    return body;
}

static struct openai_head openai_head(struct request *r, const char *model)
{
    cs_id_new(r->turn);
    return (struct openai_head){
        .id = cs_printf(r->http->arena, "chatcmpl-%s", r->turn),
        .model = model,
        .created = cs_now_ms() / 1000,
    };
}

/* ---- a whole completion ---- */

static void on_completed(void *user, const struct bridge_reply *reply)
{
    struct request *r = user;
    struct cs_arena *a = r->http->arena;
    const Turn *turn = NULL;
    size_t len;

    if (reply->status) {
        openai_refuse_reply(r, reply);
        return;
    }
    turn = (const Turn *)pbjson_unpack(a, RPC_CHAT_COMPLETE->output, reply->data, reply->len);
    if (!turn) {
        openai_unreadable(r);
        return;
    }
    const char *text = openai_completion(a, r->work, turn, &len);
    answer_body(r, 200, "application/json", text, len);
}

static void openai_complete(struct request *r, const struct openai_chat *chat)
{
    struct openai_head *h = CS_NEW(r->http->arena, struct openai_head, 1);

    *h = openai_head(r, chat->model);
    r->work = h;
    r->call.done = on_completed;
    r->call.user = r;
    r->call.turn = r->turn;
    r->call.timeout_ms = CS_TURN_MS;
    ask_service(r, &r->call, RPC_CHAT_COMPLETE, &chat->request->base);
}

/* ---- a stream of chunks ---- */

struct openai_stream {
    struct stream stream;
    struct feed feed;
    struct openai_head head;
    const char *sources; /* as a member of the first chunk; NULL: none */
    Usage usage;
    int64_t began_ms;
};

static bool openai_put(struct openai_stream *s, const char *delta, const char *finish,
                       const char *extra)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    openai_chunk(&b, &s->head, delta, finish, extra);
    return stream_put(&s->stream, b.data, b.len);
}

/* The status of the answer is open until the first word: a failure before it has its own. */
static bool openai_begin(struct openai_stream *s)
{
    if (s->stream.open)
        return !s->stream.over;
    stream_open(&s->stream);
    return openai_put(s, "{\"role\":\"assistant\",\"content\":\"\"}", NULL, s->sources);
}

static void openai_put_text(struct openai_stream *s, const char *text)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    if (!openai_begin(s))
        return;
    cs_buf_adds(&b, "{\"content\":");
    pbjson_put_string(&b, text);
    cs_buf_adds(&b, "}");
    openai_put(s, b.data, NULL, NULL);
}

static void openai_fail(struct openai_stream *s, const Problem *p)
{
    struct request *r = s->stream.r;
    struct cs_arena *a = r->http->arena;
    Problem *copy = Problem_new(a);

    *copy = *p;
    if (copy->status < 400 || copy->status > 599)
        copy->status = CS_INTERNAL;
    if (!s->stream.open) {
        stream_leave(&s->stream);
        openai_refuse(r, copy);
        return;
    }
    const char *text = cs_printf(a, "data: %s\n\n", openai_error(a, copy));
    if (stream_put(&s->stream, text, strlen(text)))
        stream_finish(&s->stream, true);
}

static void openai_end(struct openai_stream *s, const char *reason)
{
    static const char done[] = "data: [DONE]\n\n";
    CS_BUF_AUTO struct cs_buf b = {0};

    if (!openai_begin(s))
        return;
    openai_chunk(&b, &s->head, "{}", openai_finish(reason), NULL);
    if (s->head.include_usage)
        openai_usage_chunk(&b, &s->head, &s->usage);
    cs_buf_adds(&b, done);
    if (stream_put(&s->stream, b.data, b.len))
        stream_finish(&s->stream, true);
}

static void on_openai_frame(void *user, const Frame *f)
{
    struct openai_stream *s = user;

    switch (f->kind_case) {
    case FRAME_KIND_SOURCES:
        s->sources =
            openai_sources(s->stream.r->http->arena, f->sources->items, f->sources->n_items);
        break;
    case FRAME_KIND_DELTA:
        if (f->delta->text)
            openai_put_text(s, f->delta->text);
        break;
    case FRAME_KIND_USAGE: s->usage = *f->usage; break;
    case FRAME_KIND_ERROR: openai_fail(s, f->error); break;
    case FRAME_KIND_END: openai_end(s, f->end->finish_reason); break;
    default: break;
    }
}

static void on_openai_refused(void *user, const Problem *p)
{
    openai_fail(user, p);
}

static void on_openai_over(void *user)
{
    stream_finish(&((struct openai_stream *)user)->stream, true);
}

static const struct feed_sink openai_sink = {
    .frame = on_openai_frame,
    .refused = on_openai_refused,
    .over = on_openai_over,
};

static void openai_stop(struct stream *s)
{
    feed_stop(&LIST_OF(s, struct openai_stream, stream)->feed);
}

static void openai_tick(struct stream *stream, int64_t now)
{
    struct openai_stream *s = LIST_OF(stream, struct openai_stream, stream);

    if (!stream->open && s->feed.open && now - s->began_ms > SILENT_MS)
        openai_begin(s);
}

static void openai_stream_begin(struct request *r, const struct openai_chat *chat)
{
    struct openai_stream *s = CS_NEW(r->http->arena, struct openai_stream, 1);

    s->head = openai_head(r, chat->model);
    s->head.include_usage = chat->include_usage;
    s->usage = (Usage)USAGE_INIT;
    s->began_ms = cs_mono_ms();
    s->stream.r = r;
    s->stream.stop = openai_stop;
    s->stream.tick = openai_tick;
    s->feed.sink = &openai_sink;
    s->feed.user = s;
    s->feed.unkept = true;
    s->feed.caller = (struct feed_caller){r->id, r->traceparent, NULL, r->who};
    stream_begin(&s->stream);
    feed_begin(&s->feed, r->edge, RPC_CHAT_COMPLETE, &chat->request->base, r->turn);
}

void openai_chat(struct request *r)
{
    struct pbjson_errors errors = {.n = 0};
    struct openai_chat chat;
    json_t *body = openai_body(r);

    if (!body)
        return;
    if (!openai_read_chat(r->http->arena, body, &chat, &errors))
        answer_fields(r, &errors);
    else if (!model_is_id(r, chat.model))
        return;
    else if (chat.stream)
        openai_stream_begin(r, &chat);
    else
        openai_complete(r, &chat);
}

/* ---- models ---- */

struct models {
    struct request *r;
    json_t *items;
    int pages;
};

static void models_ask(struct models *m, const char *cursor);

static void models_abandon(struct request *r)
{
    struct models *m = r->work;

    json_decref(m->items);
    m->items = NULL;
}

static void models_answer(struct models *m)
{
    struct request *r = m->r;
    json_t *list = json_pack("{s:s, s:o}", "object", "list", "data", m->items);
    char *text = json_dumps(list, JSON_COMPACT);
    const char *copy = cs_strdup(r->http->arena, text ? text : "{}");

    m->items = NULL;
    free(text);
    json_decref(list);
    answer_body(r, 200, "application/json", copy, strlen(copy));
}

static void on_models(void *user, const struct bridge_reply *reply)
{
    enum { MODELS_PAGES = 20 };
    struct models *m = user;
    const BotList *list = (const BotList *)ask_reply(m->r, RPC_BOT_STORE_LIST_BOTS, reply);

    if (!list)
        return;
    for (size_t i = 0; i < list->n_items; i++)
        json_array_append_new(m->items, openai_model(list->items[i]));
    if (list->next_cursor && ++m->pages < MODELS_PAGES)
        models_ask(m, list->next_cursor);
    else
        models_answer(m);
}

static void models_ask(struct models *m, const char *cursor)
{
    struct request *r = m->r;
    ListBotsRequest req = LIST_BOTS_REQUEST_INIT;

    ListBotsRequest_set_limit(&req, 100);
    req.cursor = (char *)cursor;
    r->call = (struct bridge_call){.done = on_models, .user = m};
    ask_service(r, &r->call, RPC_BOT_STORE_LIST_BOTS, &req.base);
}

void openai_models(struct request *r)
{
    struct models *m = CS_NEW(r->http->arena, struct models, 1);

    m->r = r;
    m->items = json_array();
    r->work = m;
    r->abandon = models_abandon;
    models_ask(m, NULL);
}

static void on_model(void *user, const struct bridge_reply *reply)
{
    struct request *r = user;
    struct cs_arena *a = r->http->arena;
    const Bot *bot = NULL;

    if (reply->status) {
        openai_refuse_reply(r, reply);
        return;
    }
    bot = (const Bot *)pbjson_unpack(a, RPC_BOT_STORE_GET_BOT->output, reply->data, reply->len);
    if (!bot) {
        openai_unreadable(r);
        return;
    }
    json_t *json = openai_model(bot);
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy = cs_strdup(a, text ? text : "{}");
    free(text);
    json_decref(json);
    answer_body(r, 200, "application/json", copy, strlen(copy));
}

void openai_get_model(struct request *r)
{
    BotRequest req = BOT_REQUEST_INIT;

    req.bot_id = r->match.params[0].value;
    if (!model_is_id(r, req.bot_id))
        return;
    r->call.done = on_model;
    r->call.user = r;
    ask_service(r, &r->call, RPC_BOT_STORE_GET_BOT, &req.base);
}

/* ---- embeddings ---- */

enum { PIECE_TEXTS = 64, PIECE_BYTES = 256 * 1024 /* asked for at a time */ };

struct embedding {
    struct request *r;
    struct openai_embed wanted;
    struct cs_buf out; /* items of the list so far */
    size_t done, asked;
    int64_t tokens;
};

static void embedding_ask(struct embedding *e);

static void embedding_abandon(struct request *r)
{
    cs_buf_free(&((struct embedding *)r->work)->out);
}

static void embedding_answer(struct embedding *e)
{
    struct request *r = e->r;
    struct cs_buf b = {0};

    cs_buf_adds(&b, "{\"object\":\"list\",\"data\":[");
    cs_buf_add(&b, e->out.data, e->out.len);
    cs_buf_adds(&b, "],\"model\":");
    pbjson_put_string(&b, e->wanted.model);
    cs_buf_addf(&b, ",\"usage\":{\"prompt_tokens\":%lld,\"total_tokens\":%lld}}",
                (long long)e->tokens, (long long)e->tokens);
    const char *copy = cs_memdup(r->http->arena, b.data, b.len);
    size_t len = b.len;
    cs_buf_free(&b);
    answer_body(r, 200, "application/json", copy, len);
}

/* False: it was answered */
static bool embedding_take(struct embedding *e, const Embeddings *v)
{
    size_t n = v->dimensions > 0 ? v->vectors.len / (2 * (size_t)v->dimensions) : 0;
    struct pbjson_errors errors = {.n = 0};

    if (n != e->asked) {
        openai_unreadable(e->r);
        return false;
    }
    if (e->wanted.dimensions && e->wanted.dimensions != v->dimensions) {
        pbjson_error(&errors, "dimensions",
                     "The value must be that of the bot's embedding model, or absent.");
        answer_fields(e->r, &errors);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        openai_embedding(&e->out, e->done + i, v->vectors.data + i * 2 * (size_t)v->dimensions,
                         v->dimensions, e->wanted.base64);
    e->done += n;
    e->tokens += v->tokens;
    return true;
}

static void on_embedded(void *user, const struct bridge_reply *reply)
{
    struct embedding *e = user;
    struct request *r = e->r;
    const Embeddings *v;

    if (reply->status) {
        openai_refuse_reply(r, reply);
        return;
    }
    v = (const Embeddings *)pbjson_unpack(r->http->arena, RPC_EMBED_EMBED_TEXTS->output,
                                          reply->data, reply->len);
    if (!v)
        openai_unreadable(r);
    else if (embedding_take(e, v) && e->done < e->wanted.n)
        embedding_ask(e);
    else if (!r->http->answered)
        embedding_answer(e);
}

static void embedding_ask(struct embedding *e)
{
    struct request *r = e->r;
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    size_t bytes = 0, n = 0;

    while (e->done + n < e->wanted.n && n < PIECE_TEXTS &&
           (n == 0 || bytes + strlen(e->wanted.inputs[e->done + n]) <= PIECE_BYTES))
        bytes += strlen(e->wanted.inputs[e->done + n++]);
    e->asked = n;
    req.bot_id = (char *)e->wanted.model;
    req.texts = e->wanted.inputs + e->done;
    req.n_texts = n;
    r->call = (struct bridge_call){.done = on_embedded, .user = e, .timeout_ms = 2 * CS_CALL_MS};
    ask_service(r, &r->call, RPC_EMBED_EMBED_TEXTS, &req.base);
}

void openai_embeddings(struct request *r)
{
    struct pbjson_errors errors = {.n = 0};
    struct embedding *e = CS_NEW(r->http->arena, struct embedding, 1);
    json_t *body = openai_body(r);

    if (!body)
        return;
    e->r = r;
    if (!openai_read_embed(r->http->arena, body, &e->wanted, &errors)) {
        answer_fields(r, &errors);
        return;
    }
    if (!model_is_id(r, e->wanted.model))
        return;
    r->work = e;
    r->abandon = embedding_abandon;
    embedding_ask(e);
}
