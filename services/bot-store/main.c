/* bot-store: the table of what it answers. Calls: auth. */
#include "bot-store/bot_store.h"

#include "bot-store/bot.h"
#include "bot-store/key.h"
#include "bot-store/public.h"
#include "chatsphere/v1/names.h"

static const struct cs_method methods[] = {
    CS_ROW(create_bot),
    CS_ROW(get_bot),
    CS_ROW(list_bots),
    CS_ROW(update_bot),
    CS_ROW(replace_bot),
    CS_ROW(delete_bot),
    CS_ROW(get_embed),
    CS_ROW(set_provider_key),
    CS_ROW(delete_provider_key),
    CS_ROW(open_provider_key),
    CS_ROW(get_public_bot),
    CS_ROW(get_chat_config),
    {0},
};

static const struct cs_env settings[] = {
    {.name = "SEAL_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "seals provider keys: base64url of 32 bytes"},
    {.name = "SIGN_PUB",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "public keys of those who sign contexts"},
    {.name = "PUBLIC_URL",
     .fallback = "http://localhost:8080",
     .help = "where people reach the platform; stands in embed codes"},
    {.name = "TEST",
     .kind = CS_ENV_INT,
     .fallback = "0",
     .max = 1,
     .help = "1: the embedding provider `hash` may be chosen"},
    {0},
};

static int start(void)
{
    bot_allow_test(cs_env_int("TEST") == 1);
    return key_start(cs_env("SEAL_KEY"), cs_env("SIGN_PUB")) < 0
               ? -1
               : public_start(cs_env("PUBLIC_URL"));
}

static const struct cs_service service = {
    .about = "chatsphere-bot-store: bots, their configuration, provider keys and widget settings",
    .contract = &chatsphere__v1__bot_store__descriptor,
    .methods = methods,
    .env = settings,
    .start = start,
    .stop = key_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&service, argc, argv);
}
