/* What was accepted against what is stored, and what is stored against the events. */
#include "storm.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 120000 };

struct tally {
    int n_passed, n_failed;
};

static void say(struct tally *t, bool ok, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct tally *t, bool ok, const char *fmt, ...)
{
    va_list ap;

    printf("  %s  ", ok ? "ok  " : "FAIL");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    if (ok)
        t->n_passed++;
    else
        t->n_failed++;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* Waits until the document rests; its last state, owned by r. */
static json_t *rest(struct storm *s, struct tc *c, const struct upload *u, struct tc_reply *r)
{
    char path[160];
    int64_t until = cs_mono_ms() + PATIENCE_MS;

    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s", u->bot, u->id);
    for (;;) {
        json_t *d = tc_json(c, "GET", path, s->token, NULL, r);
        const char *status = text_of(d, "status");
        if (strcmp(status, "ready") == 0 || strcmp(status, "failed") == 0 || r->status == 404 ||
            cs_mono_ms() > until)
            return d;
        tc_reply_free(r);
        cs_sleep_ms(200);
    }
}

struct document_tally {
    int ready, failed, deleted, stuck;
};

static void judge_document(const struct upload *u, const struct tc_reply *r, const json_t *d,
                           struct document_tally *k)
{
    const char *status = text_of(d, "status");

    if (u->deleted && r->status == 404) {
        k->deleted++;
    } else if (!u->deleted && strcmp(status, "ready") == 0) {
        k->ready++;
    } else if (!u->deleted && strcmp(status, "failed") == 0 && *text_of(d, "error")) {
        k->failed++;
    } else {
        k->stuck++;
        printf("        document %s: %ld %.300s\n", u->id, r->status, r->body.data);
    }
}

static void check_documents(struct storm *s, struct tc *c, struct tally *t)
{
    struct document_tally k = {0};

    for (size_t i = 0; i < s->n_uploads; i++) {
        struct tc_reply r;
        const json_t *d = rest(s, c, &s->uploads[i], &r);
        judge_document(&s->uploads[i], &r, d, &k);
        tc_reply_free(&r);
    }
    say(t, k.stuck == 0,
        "%zu documents accepted: %d ready, %d failed with a reason, %d deleted, %d lost or stuck",
        s->n_uploads, k.ready, k.failed, k.deleted, k.stuck);
}

/* what is left of a deleted document goes by and by */
static void check_chunks(struct tally *t)
{
    int64_t until = cs_mono_ms() + PATIENCE_MS;
    long n;

    while ((n = storm_stray_chunks()) != 0 && cs_mono_ms() < until)
        cs_sleep_ms(1000);
    say(t, n == 0, "%ld chunks are not where the documents say", n);
}

static json_t *messages_of(struct storm *s, struct tc *c, const char *conversation,
                           struct tc_reply *r)
{
    char path[160];

    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages?limit=100", conversation);
    return json_object_get(tc_json(c, "GET", path, s->token, NULL, r), "items");
}

/* How often the turn's question is stored; the answer behind it in *ret_answer. */
static int find_question(const json_t *items, const struct turn *t, const json_t **ret_answer)
{
    const json_t *item;
    size_t i;
    int n = 0;

    *ret_answer = NULL;
    json_array_foreach((json_t *)items, i, item) {
        const char *content = text_of(item, "content");
        if (strcmp(text_of(item, "role"), "user") == 0 &&
            strncmp(content, t->marker, strlen(t->marker)) == 0) {
            n++;
            *ret_answer = json_array_get(items, i + 1);
        }
    }
    return n;
}

static bool terminal(const char *status)
{
    return strcmp(status, "completed") == 0 || strcmp(status, "failed") == 0 ||
           strcmp(status, "interrupted") == 0 || strcmp(status, "cancelled") == 0;
}

struct turn_tally {
    int lost, doubled, open, unequal, shorter, completed, interrupted, cancelled, failed;
};

/*
 * What was heard of a dead runner's turn is in the memory of the broker, once chat has made the stream
 * again after a restart. When the broker dies too, from shortly before the turn to its take-over, less
 * is stored than was heard.
 */
static bool broker_died(const struct storm *s, const struct turn *t)
{
    enum { BEFORE_MS = 3000, TAKE_OVER_MS = 20 * 1000 };

    for (size_t i = 0; i < s->n_broker_kills; i++)
        if (s->broker_killed_ms[i] >= t->asked_ms - BEFORE_MS &&
            s->broker_killed_ms[i] <= t->ended_ms + TAKE_OVER_MS)
            return true;
    return false;
}

static void judge_text(const struct storm *s, const struct turn *t, const char *status,
                       const char *content, struct turn_tally *k)
{
    const char *heard = t->heard ? t->heard : "";
    bool whole = strcmp(t->finish_reason, "stop") == 0;

    if (whole ? strcmp(content, heard) == 0 : strncmp(content, heard, strlen(heard)) == 0)
        return;
    if (strcmp(status, "interrupted") == 0 && strncmp(content, heard, strlen(content)) == 0 &&
        broker_died(s, t)) {
        k->shorter++;
        return;
    }
    k->unequal++;
    printf("        turn %s (%s): heard \"%.200s\", stored \"%.200s\"\n", t->marker, status, heard,
           content);
}

/* One turn; false while its answer is still open. */
static bool judge(struct storm *s, struct tc *c, const struct turn *t, struct turn_tally *k)
{
    struct tc_reply r;
    const json_t *items = messages_of(s, c, t->conversation, &r), *answer;
    int n = find_question(items, t, &answer);
    const char *status = text_of(answer, "status");
    bool done = r.status == 200 && (n == 0 || terminal(status));

    if (done) {
        k->lost += t->accepted && n == 0;
        k->doubled += n > 1;
        k->completed += strcmp(status, "completed") == 0;
        k->interrupted += strcmp(status, "interrupted") == 0;
        k->cancelled += strcmp(status, "cancelled") == 0;
        k->failed += strcmp(status, "failed") == 0;
        if (n == 1)
            judge_text(s, t, status, text_of(answer, "content"), k);
    }
    tc_reply_free(&r);
    return done;
}

static void check_turns(struct storm *s, struct tc *c, struct tally *t)
{
    struct turn_tally k = {0};
    int64_t until = cs_mono_ms() + PATIENCE_MS;
    size_t accepted = 0;

    for (size_t i = 0; i < s->n_turns; i++) {
        accepted += s->turns[i].accepted;
        while (!judge(s, c, &s->turns[i], &k)) {
            if (cs_mono_ms() > until) {
                k.open++;
                break;
            }
            cs_sleep_ms(200);
        }
    }
    say(t, k.lost == 0 && k.doubled == 0, "%zu turns asked, %zu accepted: %d lost, %d doubled",
        s->n_turns, accepted, k.lost, k.doubled);
    say(t, k.open == 0, "%d completed, %d interrupted, %d cancelled, %d failed, %d never ended",
        k.completed, k.interrupted, k.cancelled, k.failed, k.open);
    say(t, k.unequal == 0,
        "%d stored answers differ from what was heard; %d are shorter, the broker having died too",
        k.unequal, k.shorter);
}

/*
 * How often each event was published, by "<aggregate>.<event> <id>": as the operator's program
 * prints them, a JSON object a line.
 */
static json_t *count_events(const struct storm *s, size_t *ret_n)
{
    static const char prefix[] = "io.chatsphere.";
    CS_BUF_AUTO struct cs_buf command = {0};
    json_t *counts = json_object();
    char *line = NULL;
    size_t cap = 0;
    FILE *f;

    cs_buf_addf(&command,
                "CHATSPHERE_NATS_URL=nats://127.0.0.1:$CHATSPHERE_NATS_PORT "
                "CHATSPHERE_NATS_CREDS='%s/nats/creds/ops.creds' "
                "\"$CHATSPHERE_BIN/chatsphere\" events tail --json --since all --no-follow",
                s->state);
    f = popen(command.data, "re"); /* NOLINT(cert-env33-c): the test's own words */
    for (*ret_n = 0; f && getline(&line, &cap, f) > 0; ++*ret_n) {
        json_t *e = json_loads(line, 0, NULL);
        const char *type = text_of(e, "type");
        char key[160];
        if (strncmp(type, prefix, strlen(prefix)) == 0)
            type += strlen(prefix);
        snprintf(key, sizeof(key), "%.80s %.60s", type, text_of(e, "id"));
        json_object_set_new(counts, key,
                            json_integer(json_integer_value(json_object_get(counts, key)) + 1));
        json_decref(e);
    }
    if (f)
        pclose(f);
    free(line);
    return counts;
}

static bool told_once(const json_t *events, const char *type, const char *id)
{
    char key[160];

    snprintf(key, sizeof(key), "%s.v1 %s", type, id);
    json_int_t n = json_integer_value(json_object_get(events, key));
    if (n != 1)
        printf("        %lld events %s of %s\n", (long long)n, type, id);
    return n == 1;
}

static void check_message_events(struct storm *s, struct tc *c, const json_t *events,
                                 struct tally *t)
{
    json_t *seen = json_object();
    int wrong = 0, n = 0;

    for (size_t i = 0; i < s->n_turns; i++) {
        struct tc_reply r;
        const json_t *items, *m;
        size_t k;
        if (json_object_get(seen, s->turns[i].conversation))
            continue;
        json_object_set_new(seen, s->turns[i].conversation, json_true());
        items = messages_of(s, c, s->turns[i].conversation, &r);
        json_array_foreach((json_t *)items, k, m) {
            bool user = strcmp(text_of(m, "role"), "user") == 0;
            char type[48];
            snprintf(type, sizeof(type), "message.%s", user ? "created" : text_of(m, "status"));
            n++;
            wrong += !told_once(events, type, text_of(m, "id"));
        }
        tc_reply_free(&r);
    }
    say(t, wrong == 0, "%d stored messages have exactly one event each, %d do not", n - wrong,
        wrong);
    json_decref(seen);
}

static void check_document_events(struct storm *s, struct tc *c, const json_t *events,
                                  struct tally *t)
{
    int wrong = 0;

    for (size_t i = 0; i < s->n_uploads; i++) {
        const struct upload *u = &s->uploads[i];
        char type[48];
        struct tc_reply r;
        json_t *d = rest(s, c, u, &r);
        snprintf(type, sizeof(type), "document.%s", u->deleted ? "deleted" : text_of(d, "status"));
        wrong += !told_once(events, "document.uploaded", u->id) || !told_once(events, type, u->id);
        tc_reply_free(&r);
    }
    say(t, wrong == 0, "the events of %d documents differ from their state", wrong);
}

int storm_verify(struct storm *s, int *ret_n_passed)
{
    struct tally t = {0};
    struct tc c;
    json_t *events;
    size_t n;

    tc_init(&c, s->base_url);
    check_documents(s, &c, &t);
    check_chunks(&t);
    check_turns(s, &c, &t);
    cs_sleep_ms(3000); /* the relays poll each second */
    events = count_events(s, &n);
    say(&t, n > 0, "%zu events were published", n);
    check_message_events(s, &c, events, &t);
    check_document_events(s, &c, events, &t);
    json_decref(events);
    tc_free(&c);
    *ret_n_passed = t.n_passed;
    return t.n_failed;
}
