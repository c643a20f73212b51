/* auth: the table of what it answers. Calls: nobody. */
#include "auth/auth.h"

#include "chatsphere/v1/names.h"

static const struct cs_method methods[] = {
    CS_ROW(register_user),
    CS_ROW(login),
    CS_ROW(refresh),
    CS_ROW(logout),
    CS_ROW(get_me),
    CS_ROW(update_me),
    CS_ROW(change_password),
    CS_ROW(create_api_key),
    CS_ROW(list_api_keys),
    CS_ROW(get_api_key),
    CS_ROW(delete_api_key),
    CS_ROW(list_plans),
    CS_ROW(get_usage),
    CS_ROW(list_users),
    CS_ROW(get_user),
    CS_ROW(update_user),
    CS_ROW(get_jwks),
    CS_ROW(check_credential),
    CS_ROW(issue_visitor_token),
    {0},
};

static const struct cs_ticker tickers[] = {
    {.name = "seed staff", .every_ms = 1000, .fn = seed_staff},
    {.name = "erase successors", .every_ms = 1000, .fn = refresh_erase},
    {.name = "purge", .every_ms = 3600 * 1000, .fn = session_purge},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = "message.completed",
     .many = usage_count,
     .payload = &chatsphere__v1__message_event__descriptor},
    {0},
};

static const struct cs_env settings[] = {
    {.name = "JWT_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "private key of the tokens: PEM, EC P-256"},
    {.name = "SIGN_PUB",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "public keys of those who sign contexts"},
    {.name = "ADMIN_PASSWORD",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "password given to the user admin when the platform has no staff yet"},
    {0},
};

static const struct cs_service service = {
    .about = "chatsphere-auth: accounts, workspaces, sessions, API keys, visitor tokens",
    .contract = &chatsphere__v1__auth__descriptor,
    .methods = methods,
    .tickers = tickers,
    .reactions = reactions,
    .env = settings,
    .start = auth_start,
    .stop = auth_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&service, argc, argv);
}
