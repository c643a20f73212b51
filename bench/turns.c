/* turns: questions and their answers over REST, against the provider asked directly */
#include "base/clock.h"
#include "../tests/support/client.h"
#include "disk.h"
#include "proc.h"
#include "table.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

enum { HISTORY_TURNS = 5, STREAMS = 1000, STREAM_ROUNDS = 3, STREAM_MS = 2000 };

static const char fast_model[] = "test?words=64", slow_model[] = "test?words=64&token=31";
static const char event_stream[] = "Accept: text/event-stream\r\n";
static const char provider_word[] = "\"content\":\"the";

/* ---- what is sent ---- */

struct asking {
    const struct bench *b;
    const struct world_conversations *conversations;
    const char *accept;
};

static void next_turn(void *user, int i, struct cs_buf *out)
{
    const struct asking *a = user;
    CS_BUF_AUTO struct cs_buf body = {0};
    char path[128];

    cs_buf_adds(&body, "{\"content\":\"");
    world_question(&body);
    cs_buf_adds(&body, "\"}");
    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", a->conversations->ids[i]);
    bench_request(out, "POST", path, a->b->token, a->accept, body.data);
}

struct provider {
    const char *model;
    bool stream;
};

/* About as long as the prompts of turns are. */
static void next_completion(void *user, int i, struct cs_buf *out)
{
    const struct provider *p = user;
    CS_BUF_AUTO struct cs_buf body = {0};

    (void)i;
    cs_buf_addf(&body, "{\"model\":\"%s\",\"stream\":%s,\"messages\":[", p->model,
                p->stream ? "true" : "false");
    for (int k = 0; k < 12; k++)
        cs_buf_addf(&body, "%s{\"role\":\"user\",\"content\":\"%0500d\"}", k ? "," : "", k);
    cs_buf_adds(&body, "]}");
    bench_request(out, "POST", "/v1/chat/completions", "sk-bench", "", body.data);
}

static void next_embedding(void *user, int i, struct cs_buf *out)
{
    CS_BUF_AUTO struct cs_buf body = {0};

    (void)user, (void)i;
    cs_buf_addf(&body,
                "{\"model\":\"test\",\"encoding_format\":\"base64\",\"dimensions\":%d,"
                "\"input\":[\"",
                WORLD_DIMENSIONS);
    world_question(&body);
    cs_buf_adds(&body, "\"]}");
    bench_request(out, "POST", "/v1/embeddings", "sk-bench", "", body.data);
}

/* ---- the provider's own time, one request at a time ---- */

static double provider_ms(const struct bench *b, void (*next)(void *, int, struct cs_buf *),
                          struct provider *p)
{
    struct load load = {.host = "127.0.0.1",
                        .port = b->provider_port,
                        .connections = 1,
                        .seconds = 2,
                        .next = next,
                        .user = p,
                        .first_mark = p && p->stream ? provider_word : NULL};
    struct load_result r;
    double ms;

    load_run(&load, &r);
    if (r.errors)
        bench_die("the provider failed: %s", r.error_sample);
    ms = load_quantile(p && p->stream ? r.first_ms : r.latency_ms, r.n, 0.5);
    load_free(&r);
    return ms;
}

/* ---- whole answers ---- */

struct turns_result {
    double rate, p50_ms, own_ms;
};

static void run_turns(struct bench *b, const char *what, const char *bot, int c,
                      struct turns_result *ret)
{
    struct world_conversations conversations;
    struct asking asking = {b, &conversations, ""};
    struct load load = {.host = "127.0.0.1",
                        .port = b->port,
                        .connections = c,
                        .seconds = b->seconds,
                        .next = next_turn,
                        .user = &asking};
    struct load_result r;
    struct proc_cpu from, to;

    world_conversations(b, bot, c, HISTORY_TURNS, &conversations);
    cs_sleep_ms(1000); /* events of what was before */
    proc_cpu(&from);
    load_run(&load, &r);
    proc_cpu(&to);
    table_load(what, c, &r, 0, proc_shares(&from, &to));
    *ret = (struct turns_result){
        .rate = (double)r.n / r.seconds,
        .p50_ms = load_quantile(r.latency_ms, r.n, 0.5),
        .own_ms = 1000 * proc_own(&from, &to) / (double)r.n,
    };
    table_line("    CPU a turn", "own %.2f ms (%s), NATS %.2f ms, PostgreSQL %.2f ms", ret->own_ms,
               proc_each(&from, &to, r.n),
               1000 * (to.used[PROC_NATS] - from.used[PROC_NATS]) / (double)r.n,
               1000 * (to.used[PROC_POSTGRES] - from.used[PROC_POSTGRES]) / (double)r.n);
    load_free(&r);
    world_conversations_free(&conversations);
}

static void run_kind(struct bench *b, enum world_kind kind, const char *what, double provider)
{
    static const int at[] = {1, 16, 64};
    char *bot = world_bot(b, kind, kind == WORLD_PROVIDER ? fast_model : NULL);
    CS_BUF_AUTO struct cs_buf text = {0};
    struct turns_result r;
    double fsync;
    int chunks;

    world_markdown(&text);
    world_document(b, bot, &text, &chunks);
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        run_turns(b, what, bot, at[i], &r);
        fsync = disk_fdatasync_ms(b->state);
        table_line("    added p50",
                   "%.2f ms over the provider's %.2f ms; fdatasync %.2f ms; %d "
                   "passages",
                   r.p50_ms - provider, provider, fsync, chunks);
        if (kind == WORLD_PROVIDER && at[i] == 1)
            table_goal("added p50 of a turn, one at a time", r.p50_ms - provider, AT_MOST,
                       3 + 2 * fsync, "ms");
    }
    if (kind == WORLD_PROVIDER) {
        table_goal("turns a second, 64 at a time", r.rate, AT_LEAST, 600, "1/s");
        table_goal("own CPU of a turn, 64 at a time", r.own_ms, AT_MOST, 0.6, "ms");
    }
    free(bot);
}

void bench_turns(struct bench *b)
{
    struct provider p = {fast_model, false};
    double own = provider_ms(b, next_embedding, NULL) + provider_ms(b, next_completion, &p);

    table_title("turns: JSON answers, k 4, history 10");
    table_load_head();
    run_kind(b, WORLD_BUILTIN, "turn, builtin answerer", 0);
    run_kind(b, WORLD_PROVIDER, "turn, provider, 1536 dimensions", own);
}

/* ---- the first token ---- */

void bench_first(struct bench *b)
{
    struct provider p = {fast_model, true};
    double own = provider_ms(b, next_embedding, NULL) + provider_ms(b, next_completion, &p);
    char *bot = world_bot(b, WORLD_PROVIDER, fast_model);
    CS_BUF_AUTO struct cs_buf text = {0};
    struct world_conversations conversations;
    struct asking asking = {b, &conversations, event_stream};
    struct load_result r;
    double p50;
    int chunks;

    world_markdown(&text);
    world_document(b, bot, &text, &chunks);
    world_conversations(b, bot, 1, HISTORY_TURNS, &conversations);
    load_run(&(struct load){.host = "127.0.0.1",
                            .port = b->port,
                            .connections = 1,
                            .seconds = b->seconds,
                            .next = next_turn,
                            .user = &asking,
                            .first_mark = "event: delta"},
             &r);
    p50 = load_quantile(r.first_ms, r.n, 0.5);
    table_title("first token: event stream, one at a time");
    table_line("first delta, p50",
               "%.2f ms, of which the provider's %.2f ms; %ld turns, %ld errors", p50, own, r.n,
               r.errors);
    table_goal("first token, added p50", p50 - own, AT_MOST, 2, "ms");
    load_free(&r);
    world_conversations_free(&conversations);
    free(bot);
}

/* ---- many slow streams at once ---- */

static void run_streams(struct bench *b, const char *what, const struct world_conversations *c,
                        int ramp_ms, double *ret_p50_ms)
{
    struct asking asking = {b, c, event_stream};
    struct load_result r;
    struct proc_cpu from, to;

    proc_cpu(&from);
    load_run(&(struct load){.host = "127.0.0.1",
                            .port = b->port,
                            .connections = STREAMS,
                            .count = ramp_ms ? STREAMS * STREAM_ROUNDS : STREAMS,
                            .ramp_ms = ramp_ms,
                            .next = next_turn,
                            .user = &asking,
                            .first_mark = "event: delta"},
             &r);
    proc_cpu(&to);
    table_load(what, STREAMS, &r, 0, proc_shares(&from, &to));
    table_line("    first token", "p50 %.1f ms, p99 %.1f ms", load_quantile(r.first_ms, r.n, 0.5),
               load_quantile(r.first_ms, r.n, 0.99));
    *ret_p50_ms = load_quantile(r.latency_ms, r.n, 0.5);
    load_free(&r);
}

void bench_streams(struct bench *b)
{
    char *bot = world_bot(b, WORLD_PROVIDER, slow_model);
    struct world_conversations conversations;
    double p50;

    world_conversations(b, bot, STREAMS, 0, &conversations);
    table_title("streams: 1,000 at once from a provider that takes 2 s (64 words, 31 ms each)");
    table_load_head();
    run_streams(b, "begun within 2 s, then kept up", &conversations, STREAM_MS, &p50);
    table_goal("1,000 streams of 2 s, p50", p50 / 1000, AT_MOST, 2.2, "s");
    run_streams(b, "all begun at one moment", &conversations, 0, &p50);
    world_conversations_free(&conversations);
    free(bot);
}
