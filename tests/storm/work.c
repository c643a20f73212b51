/* The load: documents and conversations, without pause, each accepted one noted. */
#include "storm.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* so that one page of a list holds all of a conversation */
enum { TURNS_PER_CONVERSATION = 20 };

static bool more(struct storm *s, bool uploads)
{
    bool yes;

    pthread_mutex_lock(&s->lock);
    yes = uploads ? s->n_uploads < (size_t)s->want_uploads : s->n_turns < (size_t)s->want_turns;
    pthread_mutex_unlock(&s->lock);
    return yes || atomic_load(&s->killing);
}

static void *grow(void *list, size_t n, size_t size)
{
    void *p = n % 64 ? list : realloc(list, (n + 64) * size);
    if (!p)
        abort();
    return p;
}

static void refused(struct storm *s)
{
    atomic_fetch_add(&s->n_refused, 1);
    cs_sleep_ms(50);
}

void *storm_uploader(void *arg)
{
    struct storm *s = arg;
    struct tc c;

    tc_init(&c, s->base_url);
    for (int i = 0; more(s, true); i++) {
        CS_BUF_AUTO struct cs_buf path = {0}, body = {0};
        struct tc_reply r;
        const char *id;
        cs_buf_addf(&path, "/api/v1/bots/%s/documents", s->bot);
        cs_buf_adds(&body, "{\"name\":\"storm.md\",\"text\":\"");
        for (int k = 0; k < 40; k++)
            cs_buf_addf(&body,
                        "# Part %d\\n\\nParagraph %d of document %d tells of storms, masts "
                        "and sails.\\n\\n",
                        k, k, i);
        cs_buf_adds(&body, "\"}");
        tc_json(&c, "POST", path.data, s->token, body.data, &r);
        id = json_string_value(json_object_get(json_object_get(r.json, "document"), "id"));
        if (r.status == 202 && id) {
            pthread_mutex_lock(&s->lock);
            s->uploads = grow(s->uploads, s->n_uploads, sizeof(*s->uploads));
            snprintf(s->uploads[s->n_uploads++].id, sizeof(s->uploads->id), "%s", id);
            pthread_mutex_unlock(&s->lock);
            cs_sleep_ms(100);
        } else {
            refused(s);
        }
        tc_reply_free(&r);
    }
    tc_free(&c);
    return NULL;
}

static bool begin_conversation(struct storm *s, struct tc *c, char id[40])
{
    char body[128];
    struct tc_reply r;
    const char *text;

    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", s->bot);
    text = json_string_value(
        json_object_get(tc_json(c, "POST", "/api/v1/conversations", s->token, body, &r), "id"));
    if (r.status == 201 && text)
        snprintf(id, 40, "%s", text);
    else
        refused(s);
    tc_reply_free(&r);
    return *id != '\0';
}

/* The frames that came, whether or not the connection lived to the end. */
static void hear_stream(struct turn *t, const char *body)
{
    struct cs_buf heard = {0};
    struct tc_event e;

    while (tc_event_next(&body, &e)) {
        json_t *data = json_loads(e.data, JSON_DECODE_ANY, NULL);
        const char *name = e.event ? e.event : "";
        if (strcmp(name, "start") == 0)
            t->accepted = true;
        if (strcmp(name, "delta") == 0)
            cs_buf_adds(&heard, json_string_value(json_object_get(data, "text")));
        if (strcmp(name, "end") == 0) {
            const char *why = json_string_value(json_object_get(data, "finish_reason"));
            t->ended = true;
            snprintf(t->finish_reason, sizeof(t->finish_reason), "%s", why ? why : "");
        }
        json_decref(data);
        tc_event_free(&e);
    }
    t->heard = heard.data;
}

static void hear_whole(struct turn *t, const struct tc_reply *r)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(r->json, "message"), "content"));

    if (r->status != 200)
        return;
    t->accepted = t->ended = true;
    snprintf(t->finish_reason, sizeof(t->finish_reason), "stop");
    t->heard = text ? strdup(text) : NULL;
}

static void note_turn(struct storm *s, const struct turn *t)
{
    pthread_mutex_lock(&s->lock);
    s->turns = grow(s->turns, s->n_turns, sizeof(*s->turns));
    s->turns[s->n_turns++] = *t;
    pthread_mutex_unlock(&s->lock);
}

void *storm_talker(void *arg)
{
    static atomic_int next;
    struct storm *s = arg;
    struct tc c;
    char conversation[40] = "";
    int n_said = 0;

    tc_init(&c, s->base_url);
    while (more(s, false)) {
        int n = atomic_fetch_add(&next, 1);
        struct turn t = {0};
        char path[160], body[256];
        struct tc_reply r;
        if (!*conversation && !begin_conversation(s, &c, conversation))
            continue;
        snprintf(t.marker, sizeof(t.marker), "marker%dx", n);
        snprintf(t.conversation, sizeof(t.conversation), "%s", conversation);
        snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", conversation);
        snprintf(body, sizeof(body), "{\"content\":\"%s: what of masts and sails?\",\"stream\":%s}",
                 t.marker, n % 3 ? "true" : "false");
        tc_json(&c, "POST", path, s->token, body, &r);
        if (n % 3 && r.body.data)
            hear_stream(&t, r.body.data);
        else
            hear_whole(&t, &r);
        note_turn(s, &t);
        if (!t.ended)
            refused(s);
        if (!t.ended || ++n_said == TURNS_PER_CONVERSATION)
            *conversation = '\0', n_said = 0;
        cs_sleep_ms(20);
        tc_reply_free(&r);
    }
    tc_free(&c);
    return NULL;
}
