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
static json_t *rest(struct storm *s, struct tc *c, const char *id, struct tc_reply *r)
{
    char path[160];
    int64_t until = cs_mono_ms() + PATIENCE_MS;

    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s", s->bot, id);
    for (;;) {
        json_t *d = tc_json(c, "GET", path, s->token, NULL, r);
        const char *status = text_of(d, "status");
        if (strcmp(status, "ready") == 0 || strcmp(status, "failed") == 0 || cs_mono_ms() > until)
            return d;
        tc_reply_free(r);
        cs_sleep_ms(200);
    }
}

static void check_documents(struct storm *s, struct tc *c, struct tally *t)
{
    int ready = 0, failed = 0, stuck = 0;

    for (size_t i = 0; i < s->n_uploads; i++) {
        struct tc_reply r;
        json_t *d = rest(s, c, s->uploads[i].id, &r);
        const char *status = text_of(d, "status");
        if (strcmp(status, "ready") == 0) {
            ready++;
        } else if (strcmp(status, "failed") == 0 && *text_of(d, "error")) {
            failed++;
        } else {
            stuck++;
            printf("        document %s: %ld %.300s\n", s->uploads[i].id, r.status, r.body.data);
        }
        tc_reply_free(&r);
    }
    say(t, stuck == 0, "%zu documents accepted: %d ready, %d failed with a reason, %d stuck",
        s->n_uploads, ready, failed, stuck);
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
    json_array_foreach((json_t *)items, i, item)
    {
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
    int lost, doubled, open, unequal, completed, interrupted;
};

/* One turn; false while its answer is still open. */
static bool judge(struct storm *s, struct tc *c, const struct turn *t, struct turn_tally *k)
{
    struct tc_reply r;
    const json_t *items = messages_of(s, c, t->conversation, &r), *answer;
    int n = find_question(items, t, &answer);
    const char *status = text_of(answer, "status"), *content = text_of(answer, "content");
    const char *heard = t->heard ? t->heard : "";
    bool done = r.status == 200 && (n == 0 || terminal(status));

    if (done) {
        bool whole = strcmp(t->finish_reason, "stop") == 0;
        k->lost += t->accepted && n == 0;
        k->doubled += n > 1;
        k->completed += strcmp(status, "completed") == 0;
        k->interrupted += strcmp(status, "interrupted") == 0;
        if (n == 1 &&
            (whole ? strcmp(content, heard) != 0 : strncmp(content, heard, strlen(heard)) != 0)) {
            k->unequal++;
            printf("        turn %s (%s): heard \"%.200s\", stored \"%.200s\"\n", t->marker, status,
                   heard, content);
        }
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
    say(t, k.open == 0, "%d completed, %d interrupted, %d never ended", k.completed, k.interrupted,
        k.open);
    say(t, k.unequal == 0, "%d stored answers differ from what was heard", k.unequal);
}

/* Every event so far, as the operator's program prints them: a JSON object a line. */
static json_t *read_events(const struct storm *s)
{
    CS_BUF_AUTO struct cs_buf command = {0};
    json_t *list = json_array();
    char *line = NULL;
    size_t cap = 0;
    FILE *f;

    cs_buf_addf(&command,
                "CHATSPHERE_NATS_URL=nats://127.0.0.1:$CHATSPHERE_NATS_PORT "
                "CHATSPHERE_NATS_CREDS='%s/nats/creds/ops.creds' "
                "\"$CHATSPHERE_BIN/chatsphere\" events tail --json --since all --no-follow",
                s->state);
    f = popen(command.data, "re"); /* NOLINT(cert-env33-c): of our own words */
    while (f && getline(&line, &cap, f) > 0) {
        json_t *e = json_loads(line, 0, NULL);
        if (e)
            json_array_append_new(list, e);
    }
    if (f)
        pclose(f);
    free(line);
    return list;
}

/* How many events of a kind there are about an id, each id of an event counted once. */
static int count_events(const json_t *events, const char *type_part, const char *subject)
{
    json_t *e;
    size_t i;
    int n = 0;

    json_array_foreach((json_t *)events, i, e) n +=
        strstr(text_of(e, "type"), type_part) && strcmp(text_of(e, "id"), subject) == 0;
    return n;
}

static bool told_once(const json_t *events, const char *type, const char *id)
{
    int n = count_events(events, type, id);

    if (n != 1)
        printf("        %d events %s of %s\n", n, type, id);
    return n == 1;
}

/* Is turn i in a conversation that an earlier turn was in? */
static bool seen_before(const struct storm *s, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(s->turns[k].conversation, s->turns[i].conversation) == 0)
            return true;
    return false;
}

static void check_message_events(struct storm *s, struct tc *c, const json_t *events,
                                 struct tally *t)
{
    int wrong = 0, n = 0;

    for (size_t i = 0; i < s->n_turns; i++) {
        struct tc_reply r;
        const json_t *items, *m;
        size_t k;
        if (seen_before(s, i))
            continue;
        items = messages_of(s, c, s->turns[i].conversation, &r);
        json_array_foreach((json_t *)items, k, m)
        {
            bool user = strcmp(text_of(m, "role"), "user") == 0;
            char type[48];
            snprintf(type, sizeof(type), ".message.%s.", user ? "created" : text_of(m, "status"));
            n++;
            wrong += !told_once(events, type, text_of(m, "id"));
        }
        tc_reply_free(&r);
    }
    say(t, wrong == 0, "%d stored messages have exactly one event each, %d do not", n - wrong,
        wrong);
}

static void check_document_events(struct storm *s, struct tc *c, const json_t *events,
                                  struct tally *t)
{
    int wrong = 0;

    for (size_t i = 0; i < s->n_uploads; i++) {
        char type[48];
        struct tc_reply r;
        json_t *d = rest(s, c, s->uploads[i].id, &r);
        snprintf(type, sizeof(type), ".document.%s.", text_of(d, "status"));
        wrong += !told_once(events, ".document.uploaded.", s->uploads[i].id) ||
                 !told_once(events, type, s->uploads[i].id);
        tc_reply_free(&r);
    }
    say(t, wrong == 0, "the events of %d documents differ from their state", wrong);
}

int storm_verify(struct storm *s, int *ret_n_passed)
{
    struct tally t = {0};
    struct tc c;
    json_t *events;

    tc_init(&c, s->base_url);
    check_documents(s, &c, &t);
    check_turns(s, &c, &t);
    cs_sleep_ms(3000); /* the relays poll each second */
    events = read_events(s);
    say(&t, json_array_size(events) > 0, "%zu events were published", json_array_size(events));
    check_message_events(s, &c, events, &t);
    check_document_events(s, &c, events, &t);
    json_decref(events);
    tc_free(&c);
    *ret_n_passed = t.n_passed;
    return t.n_failed;
}
