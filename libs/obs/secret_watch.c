/* The texts of the watched secrets, compared with their files. */
#include "obs/secret_watch.h"

#include "base/env.h"
#include "base/log.h"
#include "obs/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WATCHED = 8 };

static struct {
    const char *name;
    char *seen;
    int (*load)(const char *text);
    struct cs_metric *loaded, *failed;
} watched[MAX_WATCHED];
static size_t n_watched;

static struct cs_metric *load_counter(const char *name, const char *result)
{
    char labels[96];

    snprintf(labels, sizeof(labels), "setting=\"%s\",result=\"%s\"", name, result);
    return cs_counter("cs_secret_loads_total", labels,
                      "Secrets read again because their file had changed");
}

void cs_secret_watch(const char *name, int (*load)(const char *text))
{
    char *seen;

    if (!cs_env(name))
        return;
    seen = strdup(cs_env(name));
    if (n_watched == MAX_WATCHED || !seen)
        abort();
    watched[n_watched].name = name;
    watched[n_watched].seen = seen;
    watched[n_watched].load = load;
    watched[n_watched].loaded = load_counter(name, "loaded");
    watched[n_watched].failed = load_counter(name, "failed");
    n_watched++;
}

static void text_free(char *text)
{
    explicit_bzero(text, strlen(text));
    free(text);
}

void cs_secrets_check(void)
{
    for (size_t i = 0; i < n_watched; i++) {
        char *text = cs_env_secret_again(watched[i].name);
        bool ok;

        if (!text)
            continue; /* being replaced; what is in force stays */
        if (strcmp(text, watched[i].seen) == 0) {
            text_free(text);
            continue;
        }
        ok = watched[i].load(text) == 0;
        cs_metric_add(ok ? watched[i].loaded : watched[i].failed, 1);
        cs_log(ok ? CS_INFO : CS_ERROR,
               ok ? "a secret was read again" : "a changed secret is not used", "setting",
               watched[i].name, NULL);
        text_free(watched[i].seen);
        watched[i].seen = text;
    }
}

void cs_secrets_forget(void)
{
    while (n_watched > 0)
        text_free(watched[--n_watched].seen);
}
