/* `chatsphere migrate`: schemas, then streams and consumers, all brought up to date. */
#include "cli/cli.h"

#include "nats/streams.h"
#include "cli/options.h"
#include "crypto/crypto.h"
#include "nats/tls.h"
#include "pg/migrate.h"
#include "pg/tls.h"

#include <stdio.h>

static const struct cs_env settings[] = {
    {.name = "PG_URL",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "PostgreSQL connection that may create roles and schemas"},
    {.name = "PG_PASSWORDS",
     .kind = CS_ENV_FOLDER,
     .required = true,
     .help = "folder with a password file for each schema, as `chatsphere secrets` makes it"},
    CS_NATS_ENV("path of ops.creds"),
    {0},
};

CLI_COMMAND(cli_migrate)
{
    if (!cli_options(command, argc, argv, NULL, NULL, settings) || !cs_nats_plaintext_check() ||
        !cs_pg_plaintext_check(cs_env("PG_URL")))
        return CLI_USAGE;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (cs_crypto_init() < 0 || cs_migrate(cs_env("PG_URL"), cs_env("PG_PASSWORDS")) < 0)
        return CLI_FAILED;
    puts("database: up to date");
    if (cs_streams_make() < 0)
        return CLI_FAILED;
    puts("streams: up to date");
    return CLI_DONE;
}
