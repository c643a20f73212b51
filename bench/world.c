/* The user, bots, documents and conversations of the measurement, made over the API. */
#include "world.h"

#include "base/clock.h"
#include "../tests/support/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READY_MS = 120 * 1000, WARM_CONNECTIONS = 32 };

static const char *const words[] = {
    "vault",   "garden", "invoice", "battery", "holiday", "printer", "harbour", "ladder",
    "kitchen", "ticket", "window",  "compass", "teacher", "bicycle", "factory", "glacier",
    "lantern", "orchid", "pebble",  "quarry",  "saddle",  "turbine", "violin",  "walnut",
    "anchor",  "beacon", "cactus",  "dolphin", "engine",  "falcon",  "granite", "hammock",
};
enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

/* The same numbers in each run. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

void world_markdown(struct cs_buf *out)
{
    unsigned seed = 7;

    for (int i = 0; i < WORLD_SECTIONS; i++) {
        const char *about = words[i % N_WORDS];
        size_t end = out->len + 1000;

        cs_buf_addf(out, "# The %s of house %d\n\n", about, i);
        while (out->len < end) {
            const char *a = words[next_random(&seed) % N_WORDS];
            const char *b = words[next_random(&seed) % N_WORDS];
            cs_buf_addf(out, "The %s of house %d stands near the %s, and the %s is kept there. ",
                        about, i, a, b);
        }
        cs_buf_adds(out, "\n\n");
    }
}

void world_question(struct cs_buf *out)
{
    static unsigned seed = 11, n;
    unsigned house = next_random(&seed) % WORLD_SECTIONS;

    cs_buf_addf(out, "What stands near the %s of house %u, and what of the %s? Question %u.",
                words[house % N_WORDS], house, words[next_random(&seed) % N_WORDS], ++n);
}

/* ---- the API, one call at a time ---- */

static json_t *api_call(struct bench *b, const char *method, const char *path, const char *body,
                        struct tc_reply *r)
{
    json_t *json = tc_json(b->client, method, path, b->token, body, r);

    if (r->status / 100 != 2)
        bench_die("%s %s: %ld %.300s", method, path, r->status,
                  r->body.data ? r->body.data : r->error);
    return json;
}

static char *id_in(const json_t *json)
{
    const char *id = json_string_value(json_object_get(json, "id"));

    if (!id)
        bench_die("an answer without an id");
    return strdup(id);
}

static void bot_configure(struct bench *b, const char *bot, enum world_kind kind, const char *model)
{
    CS_BUF_AUTO struct cs_buf body = {0};
    struct tc_reply r;
    char path[128];

    snprintf(path, sizeof(path), "/api/v1/bots/%s", bot);
    cs_buf_adds(&body, "{\"configuration\":{\"retriever_k\":4,\"chat_history_length\":10");
    if (kind != WORLD_BUILTIN)
        cs_buf_addf(&body,
                    ",\"embedding_provider\":\"house\",\"embedding_model\":\"test\","
                    "\"embedding_dimensions\":%d",
                    WORLD_DIMENSIONS);
    if (model)
        cs_buf_addf(&body, ",\"llm_provider\":\"house\",\"llm_model\":\"%s\"", model);
    cs_buf_adds(&body, "}}");
    api_call(b, "PATCH", path, body.data, &r);
    tc_reply_free(&r);
}

char *world_bot(struct bench *b, enum world_kind kind, const char *model)
{
    struct tc_reply r;
    char path[128], body[128];
    char *id = id_in(api_call(b, "POST", "/api/v1/bots", "{\"name\":\"Bench\"}", &r));

    tc_reply_free(&r);
    if (kind != WORLD_BUILTIN) {
        snprintf(path, sizeof(path), "/api/v1/bots/%s/provider-keys/house", id);
        snprintf(body, sizeof(body),
                 "{\"api_key\":\"sk-bench\",\"base_url\":\"http://127.0.0.1:%d/v1\"}",
                 b->provider_port);
        api_call(b, "PUT", path, body, &r);
        tc_reply_free(&r);
    }
    bot_configure(b, id, kind, model);
    return id;
}

/* True when it rests; dies when it failed. */
static bool document_is_ready(struct bench *b, const char *path, int *ret_chunks)
{
    struct tc_reply r;
    const json_t *json = api_call(b, "GET", path, NULL, &r);
    const char *status = json_string_value(json_object_get(json, "status"));
    bool ready = status && strcmp(status, "ready") == 0;

    if (status && strcmp(status, "failed") == 0)
        bench_die("the document failed: %.300s", r.body.data);
    *ret_chunks = (int)json_integer_value(json_object_get(json, "chunks"));
    tc_reply_free(&r);
    return ready;
}

double world_document(struct bench *b, const char *bot, struct cs_buf *text, int *ret_chunks)
{
    json_t *body = json_pack("{s:s, s:s}", "name", "houses.md", "text", text->data);
    char *dumped = json_dumps(body, JSON_COMPACT), *id, path[160];
    int64_t began = cs_mono_us();
    struct tc_reply r;

    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", bot);
    id = id_in(json_object_get(api_call(b, "POST", path, dumped, &r), "document"));
    tc_reply_free(&r);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s", bot, id);
    while (!document_is_ready(b, path, ret_chunks)) {
        if (cs_mono_us() - began > READY_MS * 1000LL)
            bench_die("the document is not ready after %d s", READY_MS / 1000);
        cs_sleep_ms(5);
    }
    free(dumped);
    free(id);
    json_decref(body);
    return (double)(cs_mono_us() - began) / 1e6;
}

/* ---- conversations ---- */

struct warming {
    struct bench *b;
    const struct world_conversations *c;
    int turns, next[WARM_CONNECTIONS]; /* connection i asks in i, i + WARM_CONNECTIONS, ... */
};

/* One connection has a conversation to itself until it has all its turns. */
static void next_warm(void *user, int i, struct cs_buf *out)
{
    struct warming *w = user;
    int at = i + w->next[i]++ / w->turns * WARM_CONNECTIONS;
    CS_BUF_AUTO struct cs_buf body = {0};
    char path[128];

    if (at >= w->c->n)
        at = i % w->c->n;
    cs_buf_adds(&body, "{\"content\":\"");
    world_question(&body);
    cs_buf_adds(&body, "\"}");
    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", w->c->ids[at]);
    bench_request(out, "POST", path, w->b->token, "", body.data);
}

static void conversations_warm(struct bench *b, const struct world_conversations *c, int turns)
{
    struct warming w = {.b = b, .c = c, .turns = turns};
    int connections = c->n < WARM_CONNECTIONS ? c->n : WARM_CONNECTIONS;
    struct load_result r;

    load_run(&(struct load){.host = "127.0.0.1",
                            .port = b->port,
                            .connections = connections,
                            .count = (long)c->n * turns,
                            .next = next_warm,
                            .user = &w},
             &r);
    if (r.errors > r.n / 10)
        bench_die("conversations cannot be had: %s", r.error_sample);
    load_free(&r);
}

void world_conversations(struct bench *b, const char *bot, int n, int turns,
                         struct world_conversations *ret)
{
    char body[128];

    *ret = (struct world_conversations){.n = n, .ids = calloc((size_t)n, sizeof(*ret->ids))};
    if (!ret->ids)
        abort();
    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", bot);
    for (int i = 0; i < n; i++) {
        struct tc_reply r;
        char *id = id_in(api_call(b, "POST", "/api/v1/conversations", body, &r));
        snprintf(ret->ids[i], sizeof(ret->ids[i]), "%s", id);
        free(id);
        tc_reply_free(&r);
    }
    if (turns)
        conversations_warm(b, ret, turns);
}

void world_conversations_free(struct world_conversations *c)
{
    free(c->ids);
    *c = (struct world_conversations){0};
}
