/* The settings of all services and those of one, joined into a single table. */
#include "bus/settings.h"

#include "base/log.h"
#include "crypto/context.h"
#include "nats/tls.h"
#include "obs/admin.h"
#include "obs/otlp.h"
#include "pg/tls.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ROWS = 48 };

static const struct cs_env common[] = {
    CS_NATS_ENV("path of this program's credentials, a .creds file"),
    {.name = "WORKERS",
     .kind = CS_ENV_INT,
     .fallback = "8",
     .min = 1,
     .max = 256,
     .help = "maximum number of concurrent calls"},
    {.name = "QUEUE",
     .kind = CS_ENV_INT,
     .min = 1,
     .max = 65536,
     .help = "calls that may wait for a worker; further calls are refused"},
    {.name = "TENANT_SHARE",
     .kind = CS_ENV_INT,
     .fallback = "8",
     .min = 1,
     .max = 1024,
     .help =
         "part of the suspended calls and of the requests under way that one workspace may have "
         "in a process: 1/8; of the calls that wait for a worker it may have half; 1: no limit"},
    CS_ADMIN_ENV,
    CS_LOG_ENV,
    CS_OTLP_ENV,
    {0},
};

static const struct cs_env with_schema[] = {
    {.name = "PG_URL",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "PostgreSQL connection of this service's role"},
    {.name = "PG_IDLE_S",
     .kind = CS_ENV_INT,
     .fallback = "30",
     .min = 1,
     .max = 3600,
     .help = "seconds after which an unused database connection is closed"},
    {.name = "EVENT_MB",
     .kind = CS_ENV_INT,
     .fallback = "64",
     .max = 1024 * 1024,
     .help =
         "MiB of events that one workspace may cause in a process a day, before its changes are "
         "refused; 0: no limit"},
    {.name = "PG_MAX",
     .kind = CS_ENV_INT,
     .min = 1,
     .max = 1000,
     .help = "maximum number of database connections of this process; absent: no maximum, one for "
             "each transaction under way"},
    {0},
};

static const struct cs_env verifies[] = {
    {.name = "SIGN_PUB",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "public keys of the programs that sign calls"},
    {0},
};

static const struct cs_env signs[] = {CS_SIGN_KEY_ENV, {0}};

static size_t rows_append(struct cs_env *table, size_t n, const struct cs_env *rows)
{
    for (; rows && rows->name && n < MAX_ROWS; rows++)
        table[n++] = *rows;
    return n;
}

bool cs_settings_load(const struct cs_service *s, const struct cs_node *node, int argc, char **argv)
{
    struct cs_env table[MAX_ROWS + 1] = {0};
    size_t n = rows_append(table, 0, common);
    char queue[16], about[256];

    snprintf(queue, sizeof(queue), "%d", s->queue ? s->queue : CS_QUEUE);
    for (struct cs_env *row = table; row->name; row++)
        if (strcmp(row->name, "QUEUE") == 0) /* its default is the service's own */
            row->fallback = queue;
    snprintf(about, sizeof(about), "%s\n\nusage: %s [--help]", s->about, node->program);
    if (node->has_schema)
        n = rows_append(table, n, with_schema);
    n = rows_append(table, n, verifies);
    if (cs_node_secret(node, "SIGN_KEY"))
        n = rows_append(table, n, signs);
    rows_append(table, n, s->env);
    if (!cs_env_load(table, about, argc, argv))
        return false;
    const bool nats = cs_nats_plaintext_check();
    return (!node->has_schema || cs_pg_plaintext_check(cs_env("PG_URL"))) && nats;
}
