/* chatsphere: the operator's program. */
#include "cli/cli.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command commands[] = {
    {"migrate", "bring the database, the streams and the consumers up to date", cli_migrate},
    {"nats-init", "make NATS keys, permissions, credentials and configuration", cli_nats_init},
    {"secrets", "make every secret that is missing", cli_secrets},
    {"rotate", "replace keys: make new ones beside the old, later drop the old", cli_rotate},
    {"topology", "print the services: name, process, program, schema, jobs, secrets", cli_topology},
    {"events tail", "print the events of the platform as they happen", cli_events_tail},
    {"events replay", "print the events from a time on", cli_events_replay},
    {"events export", "print the events that are kept as JSON lines", cli_events_export},
    {"streams", "print the depth of the broker's streams and the lag of their consumers",
     cli_streams},
    {"webhooks listen",
     "send a workspace's events to a local address while a receiver is developed",
     cli_webhooks_listen},
    {"asyncapi", "print the AsyncAPI description of the events", cli_asyncapi},
    {"dlq list", "list the dead letters: jobs and events that failed for good", cli_dlq_list},
    {"dlq show", "print one dead letter with its reason and contents", cli_dlq_show},
    {"dlq replay", "give a dead letter, or all, to the service that failed at it once more",
     cli_dlq_replay},
    {"dlq drop", "remove a dead letter, or all", cli_dlq_drop},
    {"healthcheck", "ask a running program whether it is ready: exit status 0 if it is, else 1",
     cli_healthcheck},
    {"version", "print the version", cli_version},
    {0},
};

static int usage_print(FILE *out, int status)
{
    fputs("usage: chatsphere <command> [--help]\n\n", out);
    for (const struct cli_command *c = commands; c->name; c++)
        fprintf(out, "  %-15s  %s\n", c->name, c->about);
    return status;
}

/* How many words of argv are the command's name; 0: it is another. */
static int words_of(const char *name, int argc, char **argv)
{
    const char *space = strchr(name, ' ');
    size_t n = space ? (size_t)(space - name) : strlen(name);

    if (argc < 2 || strlen(argv[1]) != n || strncmp(argv[1], name, n) != 0)
        return 0;
    if (!space)
        return 1;
    return argc > 2 && strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

/* `chatsphere events --help`: the commands of two words that begin with this one; false: there is none. */
static bool group_print(const char *word, const char *option)
{
    size_t n = strlen(word);
    bool found = false;

    for (const struct cli_command *c = commands; c->name && strcmp(option, "--help") == 0; c++) {
        if (strncmp(c->name, word, n) != 0 || c->name[n] != ' ')
            continue;
        if (!found)
            printf("usage: chatsphere %s <command> [--help]\n\n", word);
        found = true;
        printf("  %-15s  %s\n", c->name, c->about);
    }
    return found;
}

int main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0))
        return usage_print(stdout, CLI_DONE);
    for (const struct cli_command *c = commands; c->name; c++) {
        int n = words_of(c->name, argc, argv);
        if (n > 0)
            return c->fn(c, argc - n, argv + n);
    }
    if (argc > 2 && group_print(argv[1], argv[2]))
        return CLI_DONE;
    if (argc > 1)
        fprintf(stderr, "chatsphere: there is no command \"%s%s%s\"\n", argv[1],
                argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
    return usage_print(stderr, CLI_USAGE);
}
