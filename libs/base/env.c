/* The values of one table of settings, kept for the whole process, and what --help prints of it. */
#include "base/env.h"

#include "base/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SETTINGS = 64, MAX_SECRET = 64 * 1024, MAX_FORMAT = 256 };

static struct {
    const char *name;
    char *value;
    char *path; /* of the file that a secret was read from, or NULL */
} settings[MAX_SETTINGS];
static size_t n_settings;

static void env_help(const struct cs_env *t, const char *about)
{
    char out[MAX_FORMAT];

    printf("%s\n\nSettings, from the environment:\n", about);
    for (; t->name; t++) {
        printf("  CHATSPHERE_%s%s\n      %s", t->name, t->kind == CS_ENV_SECRET ? "[_FILE]" : "",
               t->help);
        const char *format = cs_setting_format(t, out, sizeof(out));
        if (format)
            printf("; %s", format);
        if (t->fallback)
            printf(" [%s]", t->fallback);
        puts(t->required ? " (required)" : "");
    }
}

/* A file without the line ends at its end; NULL: it cannot be read (errno), or it is empty (0). */
static char *secret_file_read(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t n;

    if (!f)
        return NULL;
    text = calloc(1, MAX_SECRET);
    n = text ? fread(text, 1, MAX_SECRET - 1, f) : 0;
    fclose(f);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    if (n == 0) {
        free(text);
        errno = 0;
        return NULL;
    }
    return text;
}

/* Whether the value has the format of its row; if not, a message names what would be right. */
static bool value_check(const struct cs_env *t, const char *variable, const char *value)
{
    char format[MAX_FORMAT], part[MAX_FORMAT];
    const char *wrong = cs_setting_wrong(t, value, part, sizeof(part));

    if (!wrong)
        return true;
    if (t->kind == CS_ENV_FILE)
        fprintf(stderr, "%s: cannot read %s: %s\n", variable, value, strerror(errno));
    else
        fprintf(stderr, "%s %s \"%s\"; it must be %s\n", variable,
                t->kind == CS_ENV_LIST ? "contains" : "is", wrong,
                cs_setting_format(t, format, sizeof(format)));
    return false;
}

static bool load_row(const struct cs_env *t)
{
    char variable[128], file_variable[160];
    const char *v, *path;
    char *value = NULL;

    snprintf(variable, sizeof(variable), "CHATSPHERE_%s", t->name);
    snprintf(file_variable, sizeof(file_variable), "%s_FILE", variable);
    v = getenv(variable);
    path = t->kind == CS_ENV_SECRET ? getenv(file_variable) : NULL;
    if (v && *v)
        value = strdup(v);
    else if (path && *path && !(value = secret_file_read(path))) {
        fprintf(stderr, "%s: cannot read %s: %s\n", file_variable, path,
                errno ? strerror(errno) : "it is empty");
        return false;
    } else if (!value && t->fallback)
        value = strdup(t->fallback);
    if (!value && t->required) {
        fprintf(stderr, "%s%s is missing: %s\n", variable,
                t->kind == CS_ENV_SECRET ? " (or _FILE)" : "", t->help);
        return false;
    }
    if (n_settings == MAX_SETTINGS || (value && !value_check(t, variable, value))) {
        free(value);
        return false;
    }
    settings[n_settings].path = value && path && *path && !(v && *v) ? strdup(path) : NULL;
    settings[n_settings].name = t->name;
    settings[n_settings++].value = value;
    return true;
}

bool cs_env_load(const struct cs_env *table, const char *about, int argc, char **argv)
{
    bool ok = true;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        env_help(table, about);
        exit(EXIT_SUCCESS);
    }
    if (argc > 1) {
        fprintf(stderr, "unknown argument \"%s\": settings come from the environment, see --help\n",
                argv[1]);
        ok = false;
    }
    for (const struct cs_env *t = table; t->name; t++)
        ok = load_row(t) && ok;
    return ok;
}

const char *cs_env(const char *name)
{
    for (size_t i = 0; i < n_settings; i++)
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].value;
    return NULL;
}

char *cs_env_secret_again(const char *name)
{
    for (size_t i = 0; i < n_settings; i++)
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].path ? secret_file_read(settings[i].path) : NULL;
    return NULL;
}

long cs_env_int(const char *name)
{
    const char *v = cs_env(name);
    return v ? strtol(v, NULL, 10) : 0;
}
