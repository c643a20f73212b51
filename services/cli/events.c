/* `chatsphere events`: published events printed as they come, as text or as JSON. */
#include "cli/cli.h"

#include "base/id.h"
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

static bool print_line(void *state, const struct cs_tail_event *e)
{
    json_t *data = cli_body(e->subject, e->data, e->len);
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
    json_t *line =
        json_pack("{s:I, s:s?, s:s?, s:s, s:s?, s:s?, s:o}", "seq", (json_int_t)e->seq, "time",
                  e->time, "type", e->type, "subject", e->subject, "id", e->id, "event_id",
                  e->event_id, "data", cli_body(e->subject, e->data, e->len));
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
    struct cs_tail t = {.stream = "CHATSPHERE_EVENTS"};
    struct cs_ops ops;
    char filter[128];
    int r;

    if (!cli_options(command, argc, argv, options, NULL, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    if (tenant && !cs_id_valid(tenant))
        return events_usage(command, "--tenant must be a workspace's id");
    if (since && !parse_since(since, &t))
        return events_usage(command, "--since must be a sequence number or \"all\"");
    snprintf(filter, sizeof(filter), "chatsphere.event.v1.%s.>", tenant ? tenant : "*");
    t.filter = filter;
    t.follow = !no_follow;
    t.fn = json ? print_json : print_line;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!cs_ops_open(&ops))
        return CLI_FAILED;
    r = cs_tail(ops.js, &t);
    cs_ops_close(&ops);
    return r < 0 ? CLI_FAILED : CLI_DONE;
}
