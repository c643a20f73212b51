/* One question over the API, with a stream or without, and the count of how it ended. */
#include "faults.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

bool begin_conversation(struct tc *c, const char *token, const char *bot, char out[40])
{
    int64_t until = cs_mono_ms() + 60000;
    char body[128];

    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", bot);
    out[0] = '\0';
    while (!*out && cs_mono_ms() < until) {
        struct tc_reply r;
        const char *id = json_string_value(
            json_object_get(tc_json(c, "POST", "/api/v1/conversations", token, body, &r), "id"));
        if (r.status == 201 && id)
            snprintf(out, 40, "%s", id);
        else
            cs_sleep_ms(100);
        tc_reply_free(&r);
    }
    return *out != '\0';
}

/* how a stream ended: its finish_reason, or `cut` */
static void count_end(struct tally *t, const char *body)
{
    struct tc_event e;
    char end[24] = "cut";

    while (tc_event_next(&body, &e)) {
        if (e.event && strcmp(e.event, "end") == 0) {
            json_t *data = json_loads(e.data, JSON_DECODE_ANY, NULL);
            const char *why = json_string_value(json_object_get(data, "finish_reason"));
            snprintf(end, sizeof(end), "%s", why ? why : "unsaid");
            json_decref(data);
        }
        tc_event_free(&e);
    }
    tally_add(t, "stream", end);
}

static void count_message(struct tally *t, const json_t *reply)
{
    const char *status =
        json_string_value(json_object_get(json_object_get(reply, "message"), "status"));

    tally_add(t, "turn", status ? status : "unsaid");
}

void say(struct tc *c, struct tally *t, const char *token, const char *conversation, bool stream)
{
    char path[160], body[128];
    struct tc_reply r;

    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", conversation);
    snprintf(body, sizeof(body), "{\"content\":\"What of masts and sails?\",\"stream\":%s}",
             stream ? "true" : "false");
    tc_json(c, "POST", path, token, body, &r);
    tally_reply(t, stream ? "stream" : "turn", path, &r);
    if (r.status == 200 && stream)
        count_end(t, r.body.data);
    else if (r.status == 200)
        count_message(t, r.json);
    tc_reply_free(&r);
}
