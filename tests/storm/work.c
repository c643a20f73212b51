/* The load: documents and conversations, without pause, each accepted one noted. */
#include "storm.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURNS_PER_CONVERSATION = 20, /* so that one page of a list holds all of a conversation */
    KEPT = 10,                   /* documents of a soak's uploader, before it deletes */
};

bool storm_goes_on(struct storm *s, bool uploads)
{
    bool yes;

    if (s->soak)
        return cs_mono_ms() < s->until_ms;
    pthread_mutex_lock(&s->lock);
    yes = uploads ? s->n_uploads < (size_t)s->want_uploads : s->n_turns < (size_t)s->want_turns;
    pthread_mutex_unlock(&s->lock);
    return yes || atomic_load(&s->killing);
}

void *storm_grow(void *list, size_t n, size_t size)
{
    void *p = n % 64 ? list : realloc(list, (n + 64) * size);
    if (!p)
        abort();
    return p;
}

void storm_refused(struct storm *s)
{
    atomic_fetch_add(&s->n_refused, 1);
    cs_sleep_ms(50);
}

void storm_tell(struct storm *s, struct tc *c, const char *method, const char *path)
{
    struct tc_reply r;

    tc_json(c, method, path, s->token, NULL, &r);
    tc_reply_free(&r);
}

/* ---- documents ---- */

static void note_upload(struct storm *s, const char *id, const char *bot, size_t *ret_at)
{
    pthread_mutex_lock(&s->lock);
    s->uploads = storm_grow(s->uploads, s->n_uploads, sizeof(*s->uploads));
    s->uploads[s->n_uploads] = (struct upload){.bot = bot};
    snprintf(s->uploads[s->n_uploads].id, sizeof(s->uploads->id), "%s", id);
    *ret_at = s->n_uploads++;
    pthread_mutex_unlock(&s->lock);
}

static bool upload(struct storm *s, struct tc *c, const char *bot, int number, size_t *ret_at)
{
    CS_BUF_AUTO struct cs_buf path = {0}, body = {0};
    struct tc_reply r;

    cs_buf_addf(&path, "/api/v1/bots/%s/documents", bot);
    cs_buf_adds(&body, "{\"name\":\"storm.md\",\"text\":\"");
    for (int k = 0; k < 40; k++)
        cs_buf_addf(&body,
                    "# Part %d\\n\\nParagraph %d of document %d tells of storms, masts "
                    "and sails.\\n\\n",
                    k, k, number);
    cs_buf_adds(&body, "\"}");
    tc_json(c, "POST", path.data, s->token, body.data, &r);
    const char *id = json_string_value(json_object_get(json_object_get(r.json, "document"), "id"));
    bool ok = r.status == 202 && id;
    if (ok)
        note_upload(s, id, bot, ret_at);
    tc_reply_free(&r);
    return ok;
}

/* its last event is counted only when the answer said that it is gone */
static void delete_upload(struct storm *s, struct tc *c, size_t at)
{
    char path[200];
    struct tc_reply r;

    pthread_mutex_lock(&s->lock);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s", s->uploads[at].bot,
             s->uploads[at].id);
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < 600; i++) {
        tc_json(c, "DELETE", path, s->token, NULL, &r);
        bool gone = r.status == 204 || r.status == 404;
        tc_reply_free(&r);
        if (gone)
            break;
        cs_sleep_ms(100);
    }
    pthread_mutex_lock(&s->lock);
    s->uploads[at].deleted = true;
    pthread_mutex_unlock(&s->lock);
}

void *storm_uploader(void *arg)
{
    struct storm *s = arg;
    struct tc c;
    size_t kept[KEPT] = {0};

    tc_init(&c, s->base_url);
    for (int i = 0, n = 0; storm_goes_on(s, true); i++) {
        size_t at = 0;
        if (!upload(s, &c, s->bots[i % STORM_BOTS], i, &at)) {
            storm_refused(s);
            continue;
        }
        if (s->soak && n >= KEPT)
            delete_upload(s, &c, kept[n % KEPT]);
        kept[n++ % KEPT] = at;
        cs_sleep_ms(s->soak ? 250 : 100);
    }
    tc_free(&c);
    return NULL;
}

/* ---- turns ---- */

static bool begin_conversation(struct storm *s, struct tc *c, const char *bot, char id[40])
{
    char body[128];
    struct tc_reply r;
    const char *text;

    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", bot);
    text = json_string_value(
        json_object_get(tc_json(c, "POST", "/api/v1/conversations", s->token, body, &r), "id"));
    if (r.status == 201 && text)
        snprintf(id, 40, "%s", text);
    else
        storm_refused(s);
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
        if (strcmp(name, "start") == 0) {
            const char *id = json_string_value(json_object_get(data, "turn_id"));
            t->accepted = true;
            snprintf(t->id, sizeof(t->id), "%s", id ? id : "");
        }
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

static void note_turn(struct storm *s, const struct turn *t, double seconds)
{
    pthread_mutex_lock(&s->lock);
    s->turns = storm_grow(s->turns, s->n_turns, sizeof(*s->turns));
    s->turns[s->n_turns++] = *t;
    if (t->ended) {
        s->seconds = storm_grow(s->seconds, s->n_seconds, sizeof(*s->seconds));
        s->seconds[s->n_seconds++] = seconds;
    }
    pthread_mutex_unlock(&s->lock);
}

/* a reader who leaves, and may say that nobody wants the rest */
static void leave(struct storm *s, struct tc *c, struct turn *t)
{
    char path[100];

    if (!t->cancelled || !*t->id)
        return;
    snprintf(path, sizeof(path), "/api/v1/turns/%s/cancel", t->id);
    storm_tell(s, c, "POST", path);
}

/* Whether the conversation can go on. */
static bool say(struct storm *s, struct tc *c, const char *conversation)
{
    int n = atomic_fetch_add(&s->n_asked, 1);
    bool stream = n % 3;
    struct turn t = {.cancelled = s->soak && n % 7 == 4,
                     .left = s->soak && n % 7 == 5,
                     .asked_ms = cs_mono_ms()};
    char path[160], body[256];
    struct tc_reply r;

    snprintf(t.marker, sizeof(t.marker), "marker%dx", n);
    snprintf(t.conversation, sizeof(t.conversation), "%s", conversation);
    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", conversation);
    snprintf(body, sizeof(body), "{\"content\":\"%s: what of masts and sails?\",\"stream\":%s}",
             t.marker, stream ? "true" : "false");
    tc_do(c,
          &(struct tc_request){.method = "POST",
                               .path = path,
                               .token = s->token,
                               .body = body,
                               .body_len = strlen(body),
                               .leave_ms = t.cancelled || t.left ? 200 : 0},
          &r);
    if (stream && r.body.data)
        hear_stream(&t, r.body.data);
    else
        hear_whole(&t, &r);
    t.ended_ms = cs_mono_ms();
    if (!t.ended)
        leave(s, c, &t);
    note_turn(s, &t, r.seconds);
    if (!t.ended && !t.cancelled && !t.left)
        storm_refused(s);
    tc_reply_free(&r);
    return t.ended;
}

void *storm_talker(void *arg)
{
    static atomic_int next;
    struct storm *s = arg;
    const char *bot = s->bots[atomic_fetch_add(&next, 1) % STORM_BOTS];
    struct tc c;
    char conversation[40] = "";
    int n_said = 0;

    tc_init(&c, s->base_url);
    while (storm_goes_on(s, false)) {
        if (!*conversation && !begin_conversation(s, &c, bot, conversation))
            continue;
        if (!say(s, &c, conversation) || ++n_said == TURNS_PER_CONVERSATION)
            *conversation = '\0', n_said = 0;
        cs_sleep_ms(s->soak ? 100 : 20);
    }
    tc_free(&c);
    return NULL;
}
