#pragma once
/*
 * Env: settings from CHATSPHERE_* variables, described by the table that also prints --help.
 *
 * A program lists its settings once; cs_env_load() reads all of them at start and stops with a
 * precise message when one is missing or wrong. A secret may be given as _X or as _X_FILE.
 */
#include <stdbool.h>
#include <stddef.h>

enum cs_env_kind {
    CS_ENV_TEXT,
    CS_ENV_INT,
    CS_ENV_SECRET,   /* also read from NAME_FILE; never printed */
    CS_ENV_FILE,     /* path of a file that can be read */
    CS_ENV_CHOICE,   /* one of the words of `format` */
    CS_ENV_SHARE,    /* number from 0 to 1 */
    CS_ENV_ADDRESS,  /* numeric IPv4 or IPv6 address */
    CS_ENV_ENDPOINT, /* numeric IPv4 address, which may be absent, and port: a.b.c.d:port */
    CS_ENV_URL,      /* scheme://host[:port][/path]; the scheme is one of the words of `format` */
    CS_ENV_FOLDER,   /* readable folder; with `format`, one with a readable file of that name */
    CS_ENV_WRITABLE, /* folder in which files can be made */
    CS_ENV_OUTPUT,   /* path of a file in a folder in which files can be made */
    CS_ENV_LIST,     /* words accepted by `item`, separated by commas or white space; `format`
                        describes them */
};

struct cs_env {
    const char *name; /* without CHATSPHERE_ */
    enum cs_env_kind kind;
    bool required;
    const char *fallback; /* default as text, or NULL */
    long min, max;        /* of CS_ENV_INT */
    const char *help;
    const char *format;             /* as the kind says; words are separated by commas */
    bool (*item)(const char *word); /* of CS_ENV_LIST */
};

/*
 * Checks every row of a table that ends with {0}. On failure names each wrong setting, its value and
 * the right format on standard error and returns false; the program then exits with 1. With --help in argv prints the table (and `about`) and exits 0.
 */
bool cs_env_load(const struct cs_env *table, const char *about, int argc, char **argv);

/* Values after cs_env_load(); owned by env, alive to the end. Absent and without default: NULL / 0. */
const char *cs_env(const char *name);
long cs_env_int(const char *name);
/* The text of a secret as its file has it now, for the caller to free; NULL: it did not come from a file, or the
 * file cannot be read or is empty. What cs_env() returns stays the same. */
char *cs_env_secret_again(const char *name);
