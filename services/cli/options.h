#pragma once
/*
 * options: the words behind a command's name. "--name value", "--name=value" and "--name"; one
 * plain word where the command takes one. Everything else is refused by name.
 */
#include "base/env.h"
#include "cli/cli.h"

#include <stdbool.h>

struct cli_option {
    const char *name;  /* --dir */
    const char *value; /* what stands in the help for its value; NULL: it has none */
    const char *help;
    bool required;
    const char **ret; /* gets the value, or the name of an option without one */
};

/* The one plain word of a command that takes one. */
struct cli_word {
    const char *name; /* <URL> */
    const char *help;
    bool required;
    const char **ret; /* holds the default before */
};

/*
 * options ends with {0}; word is the plain word, if the command takes one; env lists its
 * settings and is loaded. Each may be NULL. With --help prints everything and exits 0. On failure
 * says what is wrong and returns false.
 */
bool cli_options(const struct cli_command *command, int argc, char **argv,
                 const struct cli_option *options, const struct cli_word *word,
                 const struct cs_env *env);
