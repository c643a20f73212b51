/* `chatsphere dlq`: jobs and events that failed for good, listed, shown, replayed and dropped. */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/grow.h"
#include "base/id.h"
#include "cli/body.h"
#include "cli/options.h"
#include "nats/letter.h"
#include "nats/tail.h"
#include "nats/tls.h"
#include "nats/topology.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cs_env settings[] = {CS_NATS_ENV("path of ops.creds"), {0}};

/* A run of a command. */
struct dlq {
    const struct cli_command *command;
    const char *service, *tenant, *json; /* of the options; NULL: not given */
    struct cs_ops ops;
    struct cs_arena arena;
    uint64_t *numbers; /* found, to be worked on */
    uint32_t n, cap;
};

static int dlq_usage(const struct dlq *d, const char *what)
{
    fprintf(stderr, "chatsphere %s: %s\n", d->command->name, what);
    return CLI_USAGE;
}

static json_t *letter_json(const struct cs_letter *l)
{
    char time[CS_RFC3339_SIZE];

    cs_rfc3339(time, l->stored_ms);
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "number",
                     (json_int_t)l->number, "time", time, "service", l->service, "name", l->name,
                     "tenant", l->tenant, "deliveries", l->deliveries, "reason", l->reason,
                     "request_id", l->request_id, "subject", l->from, "consumer", l->consumer);
}

static void json_line(json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT);
    json_decref(value);
    putchar('\n');
}

/* ---- finding ---- */

static bool letter_list(void *state, const struct cs_tail_event *e)
{
    struct dlq *d = state;
    char time[CS_RFC3339_SIZE];
    struct cs_letter l;

    if (!cs_letter_read(&d->arena, e->msg, e->seq, e->stored_ms, &l))
        return true;
    cs_rfc3339(time, l.stored_ms);
    if (d->json)
        json_line(letter_json(&l));
    else
        printf("%llu  %s  %s %s  %s  %s deliveries  %s\n", (unsigned long long)l.number, time,
               l.service, l.name, l.tenant, l.deliveries, l.reason);
    cs_arena_reset(&d->arena);
    return !ferror(stdout);
}

static bool letter_collect(void *state, const struct cs_tail_event *e)
{
    struct dlq *d = state;

    d->numbers = grow(d->numbers, &d->cap, d->n + 1, sizeof(*d->numbers));
    d->numbers[d->n++] = e->seq;
    return true;
}

static int letters_each(struct dlq *d, bool (*fn)(void *, const struct cs_tail_event *))
{
    char filter[192];

    snprintf(filter, sizeof(filter), "%s", cs_letter_filter(&d->arena, d->service, d->tenant));
    return cs_tail(d->ops.js, &(struct cs_tail){.stream = "CHATSPHERE_DLQ",
                                                .filter = filter,
                                                .all = true,
                                                .fn = fn,
                                                .state = d}) < 0
               ? CLI_FAILED
               : CLI_DONE;
}

/* ---- options ---- */

/* word: NULL for `list`. CLI_DONE: the connection is open, and dlq_close() is due. */
static int dlq_open(struct dlq *d, int argc, char **argv, const struct cli_word *word)
{
    const struct cli_option options[] = {
        {"--service", "<name>", "only those of this service, such as auth", false, &d->service},
        {"--tenant", "<workspace>", "only those of this workspace", false, &d->tenant},
        {"--json", NULL, "one JSON object a line", false, &d->json},
        {0},
    };

    if (!cli_options(d->command, argc, argv, options, word, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    if (d->service && !cs_topology_find(d->service))
        return dlq_usage(d, "--service must be a service of `chatsphere topology`");
    if (d->tenant && !cs_id_valid(d->tenant))
        return dlq_usage(d, "--tenant must be a workspace's id");
    if (!cs_ops_open(&d->ops))
        return CLI_FAILED;
    cs_arena_init(&d->arena);
    return CLI_DONE;
}

static int dlq_close(struct dlq *d, int r)
{
    cs_ops_close(&d->ops);
    cs_arena_dispose(&d->arena);
    free(d->numbers);
    return r;
}

static bool number_parse(const char *text, uint64_t *ret)
{
    char *end;

    errno = 0;
    *ret = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && errno == 0 && *ret > 0;
}

static int letter_missing(const struct dlq *d, uint64_t number)
{
    fprintf(stderr, "chatsphere %s: there is no dead letter %llu\n", d->command->name,
            (unsigned long long)number);
    return CLI_FAILED;
}

/* ---- commands ---- */

CLI_COMMAND(cli_dlq_list)
{
    struct dlq d = {.command = command};
    int r = dlq_open(&d, argc, argv, NULL);

    setvbuf(stdout, NULL, _IOLBF, 0);
    return r == CLI_DONE ? dlq_close(&d, letters_each(&d, letter_list)) : r;
}

static void letter_print(const struct cs_letter *l, bool as_json)
{
    json_t *json = letter_json(l), *value;
    const char *name;

    json_object_set_new(
        json, "data",
        cli_body(l->from, natsMsg_GetData(l->msg), (size_t)natsMsg_GetDataLength(l->msg)));
    if (as_json) {
        json_line(json);
        return;
    }
    json_object_foreach(json, name, value) {
        printf("%-10s  ", name);
        if (json_is_string(value))
            puts(json_string_value(value));
        else if (json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) == 0)
            putchar('\n');
    }
    json_decref(json);
}

CLI_COMMAND(cli_dlq_show)
{
    struct dlq d = {.command = command};
    const char *which = NULL;
    const struct cli_word word = {"<number>", "of the list", true, &which};
    struct cs_letter letter;
    uint64_t number;
    int r = dlq_open(&d, argc, argv, &word);

    if (r != CLI_DONE)
        return r;
    if (!number_parse(which, &number))
        return dlq_close(&d, dlq_usage(&d, "<number> must be a number of `chatsphere dlq list`"));
    r = cs_letter_get(&d.arena, d.ops.js, number, &letter);
    if (r != 0)
        return dlq_close(&d, r > 0 ? letter_missing(&d, number) : CLI_FAILED);
    letter_print(&letter, d.json != NULL);
    natsMsg_Destroy(letter.msg);
    return dlq_close(&d, CLI_DONE);
}

/* 0 and a line on standard output, or a message */
static int letter_settle(struct dlq *d, uint64_t number,
                         int (*settle)(jsCtx *, const struct cs_letter *), const char *done)
{
    struct cs_letter l;
    int r = cs_letter_get(&d->arena, d->ops.js, number, &l);

    if (r != 0)
        return r > 0 ? letter_missing(d, number) : CLI_FAILED;
    r = settle(d->ops.js, &l);
    if (r == 0 && d->json) {
        json_t *json = letter_json(&l);
        json_object_set_new(json, "result", json_string(done));
        json_line(json);
    } else if (r == 0) {
        printf("%llu  %s  %s %s  %s\n", (unsigned long long)number, done, l.service, l.name,
               l.tenant);
    } else if (r > 0) {
        fprintf(
            stderr,
            "chatsphere %s: dead letter %llu is none of a job or reaction that %s has, and stays\n",
            d->command->name, (unsigned long long)number, l.service);
    }
    natsMsg_Destroy(l.msg);
    return r == 0 ? CLI_DONE : CLI_FAILED;
}

static int dlq_settle(const struct cli_command *command, int argc, char **argv,
                      int (*settle)(jsCtx *, const struct cs_letter *), const char *done)
{
    struct dlq d = {.command = command};
    const char *which = NULL;
    const struct cli_word word = {"<number>|all",
                                  "of the list; all: those of --service and --tenant, if given",
                                  true, &which};
    uint64_t number;
    int r = dlq_open(&d, argc, argv, &word);

    if (r != CLI_DONE)
        return r;
    if (strcmp(which, "all") == 0)
        r = letters_each(&d, letter_collect);
    else if (number_parse(which, &number))
        letter_collect(&d, &(struct cs_tail_event){.seq = number});
    else
        r = dlq_usage(&d, "<number> must be a number of `chatsphere dlq list`, or all");
    for (uint32_t i = 0; i < d.n; i++) {
        int one = letter_settle(&d, d.numbers[i], settle, done);
        r = r == CLI_DONE ? one : r;
    }
    return dlq_close(&d, r);
}

CLI_COMMAND(cli_dlq_replay)
{
    return dlq_settle(command, argc, argv, cs_letter_replay, "replayed");
}

CLI_COMMAND(cli_dlq_drop)
{
    return dlq_settle(command, argc, argv, cs_letter_drop, "dropped");
}
