/* Options of a command, matched against its table; anything unknown is refused by name. */
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cs_env no_env[] = {{0}};
static const struct cli_option no_options[] = {{0}};

static void help_print(const struct cli_command *command, const struct cli_option *options,
                       const struct cli_word *word)
{
    printf("chatsphere %s: %s\n\nusage: chatsphere %s%s", command->name, command->about,
           command->name, options->name ? " <options>" : "");
    if (word)
        printf(word->required ? " %s\n\n  %s\n      %s" : " [%s]\n\n  %s\n      %s", word->name,
               word->name, word->help);
    if (word && *word->ret)
        printf(" [%s]", *word->ret);
    putchar('\n');
    if (options->name)
        puts("\nOptions:");
    for (const struct cli_option *o = options; o->name; o++)
        printf("  %s%s%s\n      %s%s\n", o->name, o->value ? " " : "", o->value ? o->value : "",
               o->help, o->required ? " (required)" : "");
}

/* --help anywhere: what the program prints of options, then what env prints of settings */
static void help_if_asked(const struct cli_command *command, int argc, char **argv,
                          const struct cli_option *options, const struct cli_word *word,
                          const struct cs_env *env)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0)
            continue;
        help_print(command, options, word);
        if (env->name)
            cs_env_load(env, "", 2, (char *[]){argv[0], argv[i], NULL});
        exit(EXIT_SUCCESS);
    }
}

static bool option_refuse(const struct cli_command *command, const char *arg, const char *what)
{
    fprintf(stderr, "chatsphere %s: %s %s; see chatsphere %s --help\n", command->name, arg, what,
            command->name);
    return false;
}

/* Takes argv[*i], and the next word if that is its value. */
static bool option_take(const struct cli_command *command, const struct cli_option *options,
                        int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *equals = strchr(arg, '=');
    const struct cli_option *o = options;
    size_t n = strcspn(arg, "=");

    while (o->name && (strlen(o->name) != n || strncmp(o->name, arg, n) != 0))
        o++;
    if (!o->name)
        return option_refuse(command, arg, "is not an option");
    if (!o->value) {
        *o->ret = o->name;
        return equals ? option_refuse(command, o->name, "takes no value") : true;
    }
    if (!equals && *i + 1 >= argc)
        return option_refuse(command, arg, "needs a value");
    *o->ret = equals ? equals + 1 : argv[++*i];
    return **o->ret ? true : option_refuse(command, o->name, "needs a value");
}

bool cli_options(const struct cli_command *command, int argc, char **argv,
                 const struct cli_option *options, const struct cli_word *word,
                 const struct cs_env *env)
{
    bool has_word = false;

    options = options ? options : no_options;
    env = env ? env : no_env;
    help_if_asked(command, argc, argv, options, word, env);
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' && word && !has_word) {
            *word->ret = argv[i];
            has_word = true;
        } else if (argv[i][0] != '-') {
            return option_refuse(command, argv[i], "is one word too many");
        } else if (!option_take(command, options, argc, argv, &i)) {
            return false;
        }
    }
    if (word && word->required && !has_word)
        return option_refuse(command, word->name, "is missing");
    for (const struct cli_option *o = options; o->name; o++)
        if (o->required && !*o->ret)
            return option_refuse(command, o->name, "is missing");
    return cs_env_load(env, "", 1, argv);
}
