/* rest: what the whole platform costs when 1,000 mixed requests are over and nobody asks it anything */
#include "bench.h"
#include "proc.h"
#include "table.h"
#include "world.h"

#include "../tests/support/client.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUESTS = 1000, CONNECTIONS = 8, REST_S = 120, LOOK_S = 30, KINDS = 10 };

struct mix {
    const struct bench *b;
    const char *bot;
    struct world_conversations conversations;
    int n;
};

static void next_turn(const struct mix *m, int i, const char *accept, struct cs_buf *out)
{
    CS_BUF_AUTO struct cs_buf body = {0};
    char path[128];

    cs_buf_adds(&body, "{\"content\":\"");
    world_question(&body);
    cs_buf_adds(&body, "\"}");
    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", m->conversations.ids[i]);
    bench_request(out, "POST", path, m->b->token, accept, body.data);
}

static void next_document(const struct mix *m, struct cs_buf *out)
{
    CS_BUF_AUTO struct cs_buf body = {0};
    char path[128];

    cs_buf_addf(&body,
                "{\"name\":\"note-%d.md\",\"text\":\"# Note %d\\n\\nHouse %d has a vault.\\n\"}",
                m->n, m->n, m->n);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", m->bot);
    bench_request(out, "POST", path, m->b->token, "", body.data);
}

/* Of ten requests: six look-ups, two turns, one of them streamed, a conversation's messages and an upload. */
static void next_mixed(void *user, int i, struct cs_buf *out)
{
    static const char *const looked_up[] = {"/api/v1/bots", "/api/v1/auth/me", "/api/v1/plans",
                                            "/api/v1/usage", "/api/v1/conversations"};
    struct mix *m = user;
    int kind = m->n++ % KINDS;
    char path[128];

    if (kind == 0) {
        next_document(m, out);
    } else if (kind == 1 || kind == 2) {
        next_turn(m, i, kind == 1 ? "Accept: text/event-stream\r\n" : "", out);
    } else if (kind == 3 || kind == 4) {
        snprintf(path, sizeof(path),
                 kind == 3 ? "/api/v1/conversations/%s/messages" : "/api/v1/bots/%s/documents",
                 kind == 3 ? m->conversations.ids[i] : m->bot);
        bench_request(out, "GET", path, m->b->token, "", NULL);
    } else {
        bench_request(out, "GET", looked_up[kind - 5], m->b->token, "", NULL);
    }
}

static void run_mixed(struct bench *b)
{
    char *bot = world_bot(b, WORLD_PROVIDER, "test?words=16");
    struct mix m = {.b = b, .bot = bot};
    struct load_result r;

    world_conversations(b, bot, CONNECTIONS, 0, &m.conversations);
    load_run(&(struct load){.host = "127.0.0.1",
                            .port = b->port,
                            .connections = CONNECTIONS,
                            .count = REQUESTS,
                            .next = next_mixed,
                            .user = &m},
             &r);
    table_line("1,000 mixed requests", "%.0f a second, %ld errors%s%.100s", (double)r.n / r.seconds,
               r.errors, r.errors ? ": " : "", r.errors ? r.error_sample : "");
    load_free(&r);
    world_conversations_free(&m.conversations);
    free(bot);
}

void bench_rest(struct bench *b)
{
    const char *asked = getenv("BENCH_REST_S");
    int rest = asked ? (int)strtol(asked, NULL, 10) : REST_S, look = rest < LOOK_S ? rest : LOOK_S;
    struct proc_platform from, to;

    if (rest < 1)
        bench_die("BENCH_REST_S is a number of seconds, 1 or more");
    if (!b->token && !(b->token = tc_register(b->client, "bench")))
        bench_die("nobody can register");
    run_mixed(b);
    proc_platform(&to, true);
    table_line("    then at once", "pss %.1f MB; %d connections to PostgreSQL",
               (double)to.pss_kb / 1024, to.n_backends);
    cs_sleep_ms((int64_t)(rest - look) * 1000);
    proc_platform(&from, false);
    cs_sleep_ms((int64_t)look * 1000);
    proc_platform(&to, true);
    double ms = 1000 * (to.used - from.used) / (to.seconds - from.seconds);
    table_line("    after a rest", "%d s; CPU over the last %d s", rest, look);
    table_goal("whole platform at rest, pss", (double)to.pss_kb / 1024, AT_MOST, 110, "MB");
    table_goal("whole platform at rest, CPU", ms, AT_MOST, 8, "ms/s");
    table_goal("connections to PostgreSQL at rest", to.n_backends, AT_MOST, 10, "");
    proc_platform_show(&from, &to);
}
