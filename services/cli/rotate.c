/* `chatsphere rotate`: new keys beside the old ones, and the old ones dropped when nothing needs them. */
#include "cli/cli.h"

#include "base/env.h"
#include "cli/options.h"
#include "base/plaintext.h"
#include "crypto/rotate.h"
#include "pg/tls.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_AFTER_S = 7 * 24 * 3600, MAX_COUNT = 32 };

static const struct cs_env settings[] = {
    {.name = "PG_URL",
     .kind = CS_ENV_SECRET,
     .help = "connection of bot-store's role, which --finish asks whether a provider key is still "
             "encrypted with the old seal key"},
    CS_PLAINTEXT_ENV,
    {0},
};

/* How many provider keys are encrypted with an older key; negative, with a message: not known. */
static int64_t boxes_left(const unsigned char head[CS_SEAL_HEAD])
{
    const char *values[] = {(const char *)head};
    const int lengths[] = {CS_SEAL_HEAD}, binary[] = {1};
    PGconn *db;
    PGresult *r;
    int64_t left = -1;

    if (!cs_env("PG_URL"))
        return -1;
    db = PQconnectdb(cs_env("PG_URL"));
    r = PQexecParams(db, "select bot_store.stale_boxes_count($1::bytea)", 1, NULL, values, lengths,
                     binary, 0);
    if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1)
        left = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    else
        fprintf(stderr, "PostgreSQL: %s", PQerrorMessage(db));
    PQclear(r);
    PQfinish(db);
    return left;
}

/* "90", "90s", "10m", "2h" in seconds; negative: malformed or more than a week */
static int64_t after_parse(const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    int unit = strcmp(end, "") == 0 || strcmp(end, "s") == 0 ? 1
               : strcmp(end, "m") == 0                       ? 60
               : strcmp(end, "h") == 0                       ? 3600
                                                             : 0;

    return end == text || unit == 0 || n < 0 || n > MAX_AFTER_S / unit ? -1 : n * unit;
}

static unsigned kinds_of(const char *word)
{
    static const struct {
        const char *word;
        unsigned what;
    } kinds[] = {{"jwt", CS_ROTATE_JWT},
                 {"seal", CS_ROTATE_SEAL},
                 {"sign", CS_ROTATE_SIGN},
                 {"all", CS_ROTATE_ALL},
                 {"status", CS_ROTATE_ALL}};

    for (size_t i = 0; word && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].word, word) == 0)
            return kinds[i].what;
    return 0;
}

static int option_wrong(const struct cli_command *command, const char *wrong)
{
    fprintf(stderr, "chatsphere %s: %s; see chatsphere %s --help\n", command->name, wrong,
            command->name);
    return CLI_USAGE;
}

CLI_COMMAND(cli_rotate)
{
    const char *dir = NULL, *after = "10m", *finish = NULL, *force = NULL, *dry_run = NULL;
    const char *what = NULL;
    const struct cli_word word = {
        .name = "jwt|seal|sign|all|status",
        .help =
            "which keys: of the tokens, of the provider keys, of the calls between services; all "
            "of them; status prints them. Only --finish goes without",
        .ret = &what,
    };
    const struct cli_option options[] = {
        {"--dir", "<folder>", "the secrets, as `chatsphere secrets` made them", true, &dir},
        {"--after", "<time>",
         "when the new keys come into use, such as 90s, 10m or 2h: by then each process must have "
         "read its file, and the edge the keys of auth, which it asks for once a minute [10m]",
         false, &after},
        {"--finish", NULL, "drop the old keys that nothing needs any more", false, &finish},
        {"--force", NULL,
         "with --finish: do not wait for the end of the overlap, as after a leak; tokens of the "
         "old "
         "key get 401. Without PG_URL provider keys may be lost",
         false, &force},
        {"--dry-run", NULL, "print what would be done, and do nothing", false, &dry_run},
        {0},
    };
    const char *signers[CLI_MAX_SERVICES + 1];
    struct cs_rotation r = {.signers = signers, .boxes_left = boxes_left};
    int status;

    if (!cli_options(command, argc, argv, options, &word, settings) ||
        (cs_env("PG_URL") && !cs_pg_plaintext_check(cs_env("PG_URL"))))
        return CLI_USAGE;
    cli_signers(signers);
    r.dir = dir;
    r.what = finish && !what ? CS_ROTATE_ALL : kinds_of(what);
    r.after_s = after_parse(after);
    r.dry_run = dry_run != NULL;
    r.forced = force != NULL;
    if (r.what == 0)
        return option_wrong(command, what ? "the word must be jwt, seal, sign, all or status"
                                          : "a word is missing: jwt, seal, sign, all or status");
    if (r.after_s < 0)
        return option_wrong(command,
                            "--after must be a time of at most 7 days, such as 90s or 10m");
    if (force && !finish)
        return option_wrong(command, "--force goes with --finish only");
    if (cs_crypto_init() < 0)
        return CLI_FAILED;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (what && strcmp(what, "status") == 0)
        status = cs_rotate_status(&r);
    else
        status = finish ? cs_rotate_finish(&r) : cs_rotate_begin(&r);
    return status == 0 ? CLI_DONE : CLI_FAILED;
}
