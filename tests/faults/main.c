/* faults <what> <arguments>; see faults.h */
#include "faults.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *arguments;
    int n_arguments;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"load", "<base urls> <token> <bots> <seconds>", 4, run_load},
    {"logins", "<base url> <user> <password> <n>", 4, run_logins},
    {"turns", "<base url> <token> <bot> <n>", 4, run_turns},
    {"stall", "<base url> <token> <bot> <n> <bytes>", 5, run_stall},
};

int main(int argc, char **argv)
{
    int status = 2;

    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (argc == commands[i].n_arguments + 2 && strcmp(argv[1], commands[i].name) == 0)
            status = commands[i].run(argc - 2, argv + 2);
    for (size_t i = 0; status == 2 && i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(stderr, "usage: faults %s %s\n", commands[i].name, commands[i].arguments);
    curl_global_cleanup();
    return status;
}
