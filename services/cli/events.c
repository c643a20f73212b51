/* `chatsphere events`: published events printed as they come, as text or as JSON. */
#include "cli/cli.h"

#include "base/id.h"
#include "chatsphere/v1/names.h"
#include "nats/tail.h"
#include "nats/tls.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "pbjson/pbjson.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cs_env settings[] = {CLI_NATS_SETTINGS, {0}};

/* chatsphere.event.v1.<tenant>.<bot>.<aggregate>.<event>: the aggregate says what the body is */
static const struct {
    const char *aggregate;
    const ProtobufCMessageDescriptor *message;
} bodies[] = {
    {"user", &chatsphere__v1__user_event__descriptor},
    {"api_key", &chatsphere__v1__api_key_event__descriptor},
    {"bot", &chatsphere__v1__bot_event__descriptor},
    {"document", &chatsphere__v1__document_event__descriptor},
    {"conversation", &chatsphere__v1__conversation_event__descriptor},
    {"message", &chatsphere__v1__message_event__descriptor},
};

static const ProtobufCMessageDescriptor *body_of(const char *subject)
{
    for (int dots = 0; dots < 5 && subject; dots++)
        subject = (subject = strchr(subject, '.')) ? subject + 1 : NULL;
    for (size_t i = 0; subject && i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        size_t n = strlen(bodies[i].aggregate);
        if (strncmp(subject, bodies[i].aggregate, n) == 0 && subject[n] == '.')
            return bodies[i].message;
    }
    return NULL;
}

/* The body as JSON; null when this program does not know it. */
static json_t *data_of(const struct cs_tail_event *e)
{
    const ProtobufCMessageDescriptor *desc = body_of(e->subject);
    ProtobufCMessage *msg = NULL;
    struct cs_arena arena;
    json_t *data;

    cs_arena_init(&arena);
    if (desc)
        msg = pbjson_unpack(&arena, desc, e->data, e->len);
    data = msg ? pbjson_write(msg) : json_null();
    cs_arena_dispose(&arena);
    return data;
}

static bool print_line(void *state, const struct cs_tail_event *e)
{
    json_t *data = data_of(e);
    (void)state;

    printf("%s  %s  %s  ", e->time ? e->time : "-", e->type ? e->type : e->subject,
           e->id ? e->id : "-");
    json_dumpf(data, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(data);
    putchar('\n');
    return !ferror(stdout);
}

static bool print_json(void *state, const struct cs_tail_event *e)
{
    json_t *line = json_pack("{s:I, s:s?, s:s?, s:s, s:s?, s:s?, s:o}", "seq", (json_int_t)e->seq,
                             "time", e->time, "type", e->type, "subject", e->subject, "id", e->id,
                             "event_id", e->event_id, "data", data_of(e));
    (void)state;

    json_dumpf(line, stdout, JSON_COMPACT);
    json_decref(line);
    putchar('\n');
    return !ferror(stdout);
}

/* "all", or a sequence number from 1 on */
static bool parse_since(const char *text, struct cs_tail *t)
{
    char *end;

    t->all = strcmp(text, "all") == 0;
    if (t->all)
        return true;
    errno = 0;
    t->since = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && errno == 0 && t->since > 0;
}

static int events_usage(const struct cli_command *command, const char *what)
{
    fprintf(stderr, "chatsphere %s: %s\n", command->name, what);
    return CLI_USAGE;
}

CLI_COMMAND(cli_events_tail)
{
    const char *tenant = NULL, *json = NULL, *since = NULL, *no_follow = NULL;
    const struct cli_option options[] = {
        {"--tenant", "<workspace>", "only the events of this workspace", false, &tenant},
        {"--since", "<number>|all", "from this sequence number, or the first kept, on", false,
         &since},
        {"--json", NULL, "one JSON object a line", false, &json},
        {"--no-follow", NULL, "end when all that was there is printed", false, &no_follow},
        {0},
    };
    struct cs_tail t = {0};

    if (!cli_options(command, argc, argv, options, NULL, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    if (tenant && !cs_id_valid(tenant))
        return events_usage(command, "--tenant must be a workspace's id");
    if (since && !parse_since(since, &t))
        return events_usage(command, "--since must be a sequence number or \"all\"");
    t.tenant = tenant;
    t.follow = !no_follow;
    t.fn = json ? print_json : print_line;
    setvbuf(stdout, NULL, _IOLBF, 0);
    return cs_tail(&t) < 0 ? CLI_FAILED : CLI_DONE;
}
