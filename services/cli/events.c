/* `chatsphere events`: published events printed as they come, or those that are kept, as text or as JSON. */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/id.h"
#include "bus/catalogue.h"
#include "cli/body.h"
#include "cli/options.h"
#include "nats/tail.h"
#include "nats/tls.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cs_env settings[] = {CS_NATS_ENV("path of ops.creds"), {0}};

/* what is wanted of the stream, as the options say it */
struct wanted {
    const char *tenant, *bot, *type, *since, *from, *to, *json, *no_follow;
    int64_t from_ms, to_ms; /* 0: no limit */
    bool as_json, decode;
};

/* False ends the reading: what follows is later still. */
static bool event_in_time(const struct wanted *w, const struct cs_tail_event *e, bool *ret_wanted)
{
    *ret_wanted = e->stored_ms >= w->from_ms;
    return !w->to_ms || e->stored_ms < w->to_ms;
}

static void event_print_line(const struct cs_tail_event *e)
{
    json_t *data = cli_body(e->subject, e->data, e->len);

    printf("%s  %s  %s  ", e->time ? e->time : "-", e->type ? e->type : e->subject,
           e->id ? e->id : "-");
    json_dumpf(data, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(data);
    putchar('\n');
}

static void event_print_json(const struct wanted *w, const struct cs_tail_event *e)
{
    json_t *line =
        json_pack("{s:I, s:s?, s:s?, s:s, s:s?, s:s?}", "seq", (json_int_t)e->seq, "time", e->time,
                  "type", e->type, "subject", e->subject, "id", e->id, "event_id", e->event_id);

    if (w->decode)
        json_object_set_new(line, "data", cli_body(e->subject, e->data, e->len));
    else
        json_object_set_new(line, "data_base64", cli_body_base64(e->data, e->len));
    json_dumpf(line, stdout, JSON_COMPACT);
    json_decref(line);
    putchar('\n');
}

static bool event_print(void *state, const struct cs_tail_event *e)
{
    const struct wanted *w = state;
    bool wanted;

    if (!event_in_time(w, e, &wanted))
        return false;
    if (wanted && w->as_json)
        event_print_json(w, e);
    else if (wanted)
        event_print_line(e);
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

/* NULL, or what is wrong with the options. */
static const char *wanted_check(struct wanted *w, struct cs_tail *t)
{
    if (w->tenant && !cs_id_valid(w->tenant))
        return "--tenant must be a workspace's id";
    if (w->bot && !cs_id_valid(w->bot))
        return "--bot must be a bot's id";
    if (w->type && !cs_catalogue_has(w->type))
        return "--type must be a type of event, such as bot.created or bot.*";
    if (w->since && !parse_since(w->since, t))
        return "--since must be a sequence number or \"all\"";
    if (w->from && !cs_rfc3339_parse(w->from, &w->from_ms))
        return "--from must be a time such as 2026-01-02T03:04:05Z";
    if (w->to && !cs_rfc3339_parse(w->to, &w->to_ms))
        return "--to must be a time such as 2026-01-02T03:04:05Z";
    return NULL;
}

static int events_run(const struct cli_command *command, struct wanted *w, struct cs_tail *t)
{
    const char *wrong = wanted_check(w, t);
    char filter[192];
    struct cs_ops ops;

    if (wrong)
        return events_usage(command, wrong);
    snprintf(filter, sizeof(filter), "chatsphere.event.v1.%s.%s.%s", w->tenant ? w->tenant : "*",
             w->bot ? w->bot : "*", w->type ? w->type : "*.*");
    t->stream = "CHATSPHERE_EVENTS";
    t->filter = filter;
    t->fn = event_print;
    t->state = w;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!cs_ops_open(&ops))
        return CLI_FAILED;
    int r = cs_tail(ops.js, t);
    cs_ops_close(&ops);
    return r < 0 ? CLI_FAILED : CLI_DONE;
}

#define WHOSE(w_)                                                                                  \
    {"--tenant", "<workspace>", "only the events of this workspace", false, &(w_).tenant},         \
        {"--bot", "<bot>", "only the events of this bot", false, &(w_).bot},                       \
    {                                                                                              \
        "--type", "<type>", "only these events, such as bot.created or bot.*", false, &(w_).type   \
    }

CLI_COMMAND(cli_events_tail)
{
    struct wanted w = {.decode = true};
    struct cs_tail t = {0};
    const struct cli_option options[] = {
        WHOSE(w),
        {"--since", "<number>|all", "from this sequence number, or the first kept, on", false,
         &w.since},
        {"--json", NULL, "one JSON object a line", false, &w.json},
        {"--no-follow", NULL, "end when all that was there is printed", false, &w.no_follow},
        {0},
    };

    if (!cli_options(command, argc, argv, options, NULL, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    w.as_json = w.json != NULL;
    t.follow = !w.no_follow;
    return events_run(command, &w, &t);
}

CLI_COMMAND(cli_events_replay)
{
    struct wanted w = {.decode = true};
    struct cs_tail t = {.all = true};
    const struct cli_option options[] = {
        WHOSE(w),
        {"--from", "<time>", "from this time on", true, &w.from},
        {"--to", "<time>", "up to this time; else the reading goes on with what comes", false,
         &w.to},
        {"--json", NULL, "one JSON object a line", false, &w.json},
        {0},
    };

    if (!cli_options(command, argc, argv, options, NULL, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    w.as_json = w.json != NULL;
    t.follow = !w.to;
    return events_run(command, &w, &t);
}

CLI_COMMAND(cli_events_export)
{
    struct wanted w = {.as_json = true};
    struct cs_tail t = {.all = true};
    const char *decode = NULL;
    const struct cli_option options[] = {
        WHOSE(w),
        {"--since", "<number>|all", "from this sequence number on [all]", false, &w.since},
        {"--from", "<time>", "from this time on", false, &w.from},
        {"--to", "<time>", "up to this time", false, &w.to},
        {"--decode", NULL, "bodies as JSON; else as base64 of the protobuf message", false,
         &decode},
        {0},
    };

    if (!cli_options(command, argc, argv, options, NULL, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    w.decode = decode != NULL;
    return events_run(command, &w, &t);
}
