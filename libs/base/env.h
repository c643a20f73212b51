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
    CS_ENV_SECRET, /* also read from NAME_FILE; never printed */
    CS_ENV_FILE,   /* path of a file that can be read */
};

struct cs_env {
    const char *name; /* without CHATSPHERE_ */
    enum cs_env_kind kind;
    bool required;
    const char *fallback; /* default as text, or NULL */
    long min, max;        /* of CS_ENV_INT */
    const char *help;
};

/*
 * Checks every row of a table that ends with {0}. On failure says what is wrong on standard error
 * and returns false. With --help in argv prints the table (and `about`) and exits 0.
 */
bool cs_env_load(const struct cs_env *table, const char *about, int argc, char **argv);

/* Values after cs_env_load(); owned by env, alive to the end. Absent and without default: NULL / 0. */
const char *cs_env(const char *name);
long cs_env_int(const char *name);
