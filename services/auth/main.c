/* auth: the table of what it answers. Calls: nobody. */
#include "auth/auth.h"
#include "auth/session.h"
#include "auth/store.h"

#include "chatsphere/v1/auth.rpc.h"

static const struct cs_ticker tickers[] = {
    {.name = "seed staff",
     .every_ms = 1000,
     .fn = seed_staff,
     .under_way = seed_under_way,
     .rest_ms = 24 * 3600 * 1000},
    {.name = "erase successors",
     .every_ms = 1000,
     .fn = store_refresh_erase,
     .under_way = refresh_under_way,
     .rest_ms = 30 * 1000},
    {.name = "purge", .every_ms = 3600 * 1000, .fn = store_purge},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = "message.completed",
     .many = usage_count,
     .payload = &chatsphere__v1__message_event__descriptor},
    {0},
};

static const char *const password_methods[] = {"login", "register_user", "change_password", NULL};

static const struct cs_lane passwords = {.name = "passwords",
                                         .methods = password_methods,
                                         .setting = "PASSWORD_CALLS",
                                         .friendly = session_friendly};

static const struct cs_env settings[] = {
    {.name = "JWT_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "private keys of the tokens, of which the newest signs: PEM, EC P-256"},
    {.name = "ADMIN_PASSWORD",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "password of the user admin, who is created while the platform has no staff"},
    {.name = "REGISTRATION",
     .kind = CS_ENV_CHOICE,
     .format = "open, invite, closed",
     .fallback = "open",
     .help = "registration by anyone (open), with an invitation (invite), by nobody (closed)"},
    {.name = "PASSWORD_CALLS",
     .kind = CS_ENV_INT,
     .fallback = "64",
     .min = 4,
     .max = 1024,
     .help = "sign-ins, registrations and password changes under way, of which half may wait for "
             "their hash; the next one gets 429"},
    {0},
};

static const struct cs_service service = {
    .about = "chatsphere-auth: accounts, workspaces, sessions, API keys, visitor tokens",
    .methods = auth_methods,
    .tickers = tickers,
    .reactions = reactions,
    .lane = &passwords,
    .env = settings,
    .start = auth_start,
    .stop = auth_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&service, argc, argv);
}
