/*
 * documents: the main job on a large document. 1 MB of Markdown is uploaded, its progress is seen,
 * and one sentence of one of its sections is asked for by each carrier.
 *
 *     documents <base url>
 */
#include "../support/client.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUSES = 900, BYTES = 1000 * 1000 };

struct asked {
    char *text, *heading, *document; /* what was said, and the first source */
    char *conversation, *message, *visitor;
};

static struct tc client;
static char *token, bot[64], document[64];
static int n_passed, n_failed;

static void check(bool ok, const char *what, const char *detail)
{
    printf("  %s  %s%s%.600s\n", ok ? "ok  " : "FAIL", what, ok ? "" : ": ", ok ? "" : detail);
    n_passed += ok;
    n_failed += !ok;
}

static void die(const char *what, const struct tc_reply *r)
{
    fprintf(stderr, "documents: %s: %ld %.600s\n", what, r->status,
            r->body.data ? r->body.data : r->error);
    exit(1);
}

static char *copy_of(const json_t *object, const char *field)
{
    const char *s = json_string_value(json_object_get(object, field));
    return s ? strdup(s) : NULL;
}

/* ---- the document ---- */

static void house(struct cs_buf *out, int i)
{
    size_t end = out->len + BYTES / HOUSES;

    if (i % 30 == 0)
        cs_buf_addf(out, "# Street %d\n\n", i / 30);
    cs_buf_addf(out, "## House %d\n\nThe brass key of house %d lies under flowerpot %d.\n\n", i, i,
                HOUSES - i);
    while (out->len < end)
        cs_buf_adds(out, "- The windows look over the harbour, and the roof is made of slate.\n");
    cs_buf_adds(out, "\n");
}

static void make(void)
{
    struct tc_reply r;
    json_t *v = tc_json(&client, "POST", "/api/v1/bots", token,
                        "{\"name\":\"Houses\",\"is_public\":true}", &r);
    const char *id = json_string_value(json_object_get(v, "id"));

    if (!id)
        die("no bot", &r);
    snprintf(bot, sizeof(bot), "%s", id);
    tc_reply_free(&r);
}

static void upload(void)
{
    CS_BUF_AUTO struct cs_buf text = {0};
    struct tc_reply r;
    char path[128];

    for (int i = 0; i < HOUSES; i++)
        house(&text, i);
    json_t *body = json_pack("{s:s,s:s}", "name", "houses.md", "text", text.data);
    char *dumped = json_dumps(body, JSON_COMPACT);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", bot);
    const json_t *v =
        json_object_get(tc_json(&client, "POST", path, token, dumped, &r), "document");
    const char *id = json_string_value(json_object_get(v, "id"));
    if (r.status != 202 || !id)
        die("no document", &r);
    snprintf(document, sizeof(document), "%s", id);
    check(json_integer_value(json_object_get(v, "bytes")) == (json_int_t)text.len &&
              text.len >= BYTES,
          "a document of 1 MB is taken", r.body.data);
    tc_reply_free(&r);
    free(dumped);
    json_decref(body);
}

/* ---- its progress ---- */

static atomic_bool resting;
static int n_parts; /* how often it was seen with some of its text cut, and some not */

static void *look(void *arg)
{
    struct tc other;
    char path[160];

    tc_init(&other, client.base_url);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s", bot, document);
    while (!atomic_load(&resting)) {
        struct tc_reply r;
        json_t *v = tc_json(&other, "GET", path, token, NULL, &r), *p;
        p = json_object_get(v, "progress");
        json_int_t done = json_integer_value(json_object_get(p, "done"));
        n_parts += done > 0 && done < json_integer_value(json_object_get(p, "total"));
        tc_reply_free(&r);
    }
    tc_free(&other);
    return arg;
}

/* every event is another state than the one before, done never goes back within a stage */
static bool goes_on(const char *events, int *ret_n, char *last, size_t size)
{
    struct tc_event e;
    bool ok = true;
    json_int_t before = -1;

    *last = '\0';
    for (*ret_n = 0; tc_event_next(&events, &e); tc_event_free(&e)) {
        if (!e.event || strcmp(e.event, "progress") != 0)
            continue;
        json_t *v = json_loads(e.data, 0, NULL);
        const char *status = json_string_value(json_object_get(v, "status"));
        json_int_t done = json_integer_value(json_object_get(v, "done"));
        ok = ok && status && (strcmp(status, last) != 0 || done > before) &&
             done <= json_integer_value(json_object_get(v, "total"));
        snprintf(last, size, "%s", status ? status : "");
        before = done;
        ++*ret_n;
        json_decref(v);
    }
    return ok;
}

static void watch(void)
{
    struct tc_reply r;
    char path[160], last[32];
    pthread_t looks;
    int n;

    if (pthread_create(&looks, NULL, look, NULL) != 0)
        abort();
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s/events", bot, document);
    tc_json(&client, "GET", path, token, NULL, &r);
    atomic_store(&resting, true);
    pthread_join(looks, NULL);
    bool ok = r.status == 200 && goes_on(r.body.data, &n, last, sizeof(last));
    size_t tail = r.body.len > 400 ? r.body.len - 400 : 0;
    check(ok && n >= 2 && strcmp(last, "ready") == 0, "its events go on until it is ready",
          r.body.data + tail);
    check(n_parts > 0, "it is seen half done", "only before and after");
    tc_reply_free(&r);
}

/* ---- asking ---- */

static void take_source(struct asked *a, json_t *items)
{
    const json_t *first = json_array_get(items, 0);

    a->heading = copy_of(first, "heading_path");
    a->document = copy_of(first, "document_id");
}

static void take_event(struct asked *a, const struct tc_event *e, struct cs_buf *said)
{
    json_t *v = json_loads(e->data, 0, NULL);

    if (strcmp(e->event, "start") == 0) {
        a->conversation = copy_of(v, "conversation_id");
        a->message = copy_of(v, "message_id");
        a->visitor = copy_of(v, "visitor_token");
    } else if (strcmp(e->event, "sources") == 0) {
        take_source(a, json_object_get(v, "items"));
    } else if (strcmp(e->event, "delta") == 0) {
        cs_buf_adds(said, json_string_value(json_object_get(v, "text")));
    }
    json_decref(v);
}

static void take_stream(struct asked *a, const char *events)
{
    CS_BUF_AUTO struct cs_buf said = {0};
    struct tc_event e;
    bool ended = false;

    for (; tc_event_next(&events, &e); tc_event_free(&e)) {
        if (e.event && e.data)
            take_event(a, &e, &said);
        ended = e.event && strcmp(e.event, "end") == 0;
    }
    a->text = ended && said.data ? strdup(said.data) : NULL;
}

static void take_whole(struct asked *a, const json_t *turn)
{
    json_t *message = json_object_get(turn, "message");

    a->conversation = copy_of(turn, "conversation_id");
    a->message = copy_of(message, "id");
    a->visitor = copy_of(turn, "visitor_token");
    a->text = copy_of(message, "content");
    take_source(a, json_object_get(message, "sources"));
}

/* the message as it is stored: the one of this id in the list under `items` */
static char *stored(const char *path, const char *who, const char *items, const char *id)
{
    struct tc_reply r;
    json_t *v = tc_json(&client, "GET", path, who, NULL, &r), *item;
    char *text = NULL;
    size_t i;

    json_array_foreach(json_object_get(v, items), i, item) {
        const char *its = json_string_value(json_object_get(item, "id"));
        if (its && id && strcmp(its, id) == 0 && !text)
            text = copy_of(item, "content");
    }
    tc_reply_free(&r);
    return text;
}

static void judge(const char *how, int number, struct asked *a, char *kept, const char *body)
{
    char heading[64], sentence[96];

    snprintf(heading, sizeof(heading), "Street %d > House %d", number / 30, number);
    snprintf(sentence, sizeof(sentence), "The brass key of house %d lies under flowerpot %d.",
             number, HOUSES - number);
    bool cited = a->heading && strcmp(a->heading, heading) == 0 && a->document &&
                 strcmp(a->document, document) == 0;
    printf("%s\n", how);
    check(a->text && strstr(a->text, sentence), "the sentence is in the answer", body);
    check(cited, "its source is the section", body);
    check(a->text && kept && strcmp(a->text, kept) == 0, "what is stored is what was said",
          kept ? kept : "nothing is stored");
    free(a->text);
    free(a->heading);
    free(a->document);
    free(a->conversation);
    free(a->message);
    free(a->visitor);
    free(kept);
}

static void ask(const char *path, const char *who, const char *field, int number, bool stream,
                struct asked *ret, struct tc_reply *r)
{
    char body[160];

    *ret = (struct asked){0};
    snprintf(body, sizeof(body), "{\"%s\":\"Where is the brass key of house %d?\",\"stream\":%s}",
             field, number, stream ? "true" : "false");
    const json_t *v = tc_json(&client, "POST", path, who, body, r);
    if (r->status != 200)
        die("no answer", r);
    if (stream)
        take_stream(ret, r->body.data);
    else
        take_whole(ret, v);
}

static void ask_in_conversation(int number, bool stream)
{
    char body[96], path[128];
    struct tc_reply r;
    struct asked a;

    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", bot);
    json_t *v = tc_json(&client, "POST", "/api/v1/conversations", token, body, &r);
    const char *id = json_string_value(json_object_get(v, "id"));
    if (!id)
        die("no conversation", &r);
    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", id);
    tc_reply_free(&r);
    ask(path, token, "content", number, stream, &a, &r);
    judge(stream ? "by events" : "as JSON", number, &a, stored(path, token, "items", a.message),
          r.body.data);
    tc_reply_free(&r);
}

static void ask_in_public(int number, bool stream)
{
    char path[128], session[200];
    struct tc_reply r;
    struct asked a;

    snprintf(path, sizeof(path), "/api/v1/chat/%s", bot);
    ask(path, NULL, "message", number, stream, &a, &r);
    snprintf(session, sizeof(session), "/api/v1/chat/%s/session/%s", bot,
             a.conversation ? a.conversation : "");
    judge(stream ? "without an account, by events" : "without an account, as JSON", number, &a,
          stored(session, a.visitor, "messages", a.message), r.body.data);
    tc_reply_free(&r);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: documents <base url>\n", stderr);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    tc_init(&client, argv[1]);
    if (!(token = tc_register(&client, "houses")))
        return 1;
    make();
    upload();
    watch();
    ask_in_conversation(417, true);
    ask_in_conversation(33, false);
    ask_in_public(768, false);
    ask_in_public(5, true);
    printf("documents: %d passed, %d failed, 0 skipped\n", n_passed, n_failed);
    free(token);
    tc_free(&client);
    curl_global_cleanup();
    return n_failed > 0;
}
