#pragma once
/*
 * cli: the operator's program `chatsphere`. main.c is the table; each command is a function in the
 * file of its noun, called with the words behind its name. It returns the exit status:
 * 0 done, 1 failed (a message stands on standard error), 2 called wrongly.
 */

enum { CLI_MAX_SERVICES = 32 };
enum { CLI_DONE, CLI_FAILED, CLI_USAGE };

struct cli_command {
    const char *name; /* one word or two */
    const char *about;
    int (*fn)(const struct cli_command *command, int argc, char **argv);
};

#define CLI_COMMAND(name_) int name_(const struct cli_command *command, int argc, char **argv)
CLI_COMMAND(cli_migrate);
CLI_COMMAND(cli_nats_init);
CLI_COMMAND(cli_secrets);
CLI_COMMAND(cli_rotate);
CLI_COMMAND(cli_topology);
CLI_COMMAND(cli_events_tail);
CLI_COMMAND(cli_events_replay);
CLI_COMMAND(cli_events_export);
CLI_COMMAND(cli_streams);
CLI_COMMAND(cli_webhooks_listen);
CLI_COMMAND(cli_asyncapi);
CLI_COMMAND(cli_dlq_list);
CLI_COMMAND(cli_dlq_show);
CLI_COMMAND(cli_dlq_replay);
CLI_COMMAND(cli_dlq_drop);
CLI_COMMAND(cli_healthcheck);
CLI_COMMAND(cli_version);

/* The processes that sign calls, of which each has a file sign-<process>.key; ends with NULL. */
void cli_signers(const char *ret[CLI_MAX_SERVICES + 1]);
