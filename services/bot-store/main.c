/*
 * bot-store: bots, their configuration, provider keys and widget settings (schema bot_store).
 * It calls auth for the plan's limit when a bot is created.
 *
 * Handlers live in the file of their noun:
 *   bot.c     create_bot get_bot list_bots update_bot replace_bot delete_bot
 *   key.c     list_providers set_provider_key delete_provider_key open_provider_key
 *   public.c  get_public_bot get_chat_config get_embed
 */
#include "bot-store/bot.h"
#include "bot-store/fallback.h"
#include "bot-store/key.h"
#include "bot-store/public.h"
#include "bot-store/reseal.h"
#include "bot/plan.h"
#include "chatsphere/v1/bot_store.rpc.h"
#include "http/engine.h"

static const struct cs_env settings[] = {
    {.name = "SEAL_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "keys that encrypt provider keys, a line each: base64url of 32 bytes"},
    {.name = "PUBLIC_URL",
     .kind = CS_ENV_URL,
     .format = "http, https",
     .fallback = "http://localhost:8080",
     .help = "public address of the platform, for embed codes"},
    {.name = "DEFAULT_MODEL",
     .kind = CS_ENV_TEXT,
     .help = "provider and language model of bots that name none, such as ollama/llama3.2"},
    {.name = "DEFAULT_MODEL_URL",
     .kind = CS_ENV_URL,
     .format = "http, https",
     .help = "base address of that provider, if it is not the known one"},
    {.name = "DEFAULT_MODEL_KEY",
     .kind = CS_ENV_SECRET,
     .help = "API key of that provider, paid for by the platform"},
    {.name = "TEST",
     .kind = CS_ENV_INT,
     .fallback = "0",
     .max = 1,
     .help = "1: the embedding provider `hash` is available, for tests"},
    CS_HTTP_ENV,
    {0},
};

static const struct cs_ctl ctl[] = {CS_PLAN_CTL, {0}};

static const struct cs_ticker tickers[] = {
    {.name = "reseal",
     .every_ms = 5 * 1000,
     .fn = reseal_round,
     .under_way = reseal_under_way,
     .rest_ms = 60 * 1000},
    {0},
};

static int bot_store_start(void)
{
    bot_allow_test(cs_env_int("TEST") == 1);
    public_start(cs_env("PUBLIC_URL"));
    reseal_start();
    if (fallback_start(cs_env("DEFAULT_MODEL"), cs_env("DEFAULT_MODEL_URL"),
                       cs_env("DEFAULT_MODEL_KEY")) < 0)
        return -1;
    return key_start(cs_env("SEAL_KEY"));
}

static const struct cs_service service = {
    .about = "chatsphere-bot-store: bots, their configuration, provider keys and widget settings",
    .methods = bot_store_methods,
    .ctl = ctl,
    .tickers = tickers,
    .env = settings,
    .start = bot_store_start,
    .stop = key_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&service, argc, argv);
}
