/* embed: vectors from an embedding provider. Calls bot_store (who makes them) and retrieve (ranges). */
#include "embed/embed.h"
#include "bot/bot.h"
#include "chatsphere/v1/embed.rpc.h"
#include "crypto/crypto.h"
#include "embed/cache.h"
#include "embed/local/local.h"
#include "http/engine.h"
#include "provider/access.h"

static const struct cs_ctl ctl[] = {
    CS_BOT_CTL,
    CS_ACCESS_CTL,
    {0},
};

static const struct cs_env env[] = {
    CS_HTTP_ENV,
    CACHE_ENV,
    {.name = "MODELS",
     .kind = CS_ENV_FOLDER,
     .help = "folder of models for the embedding provider `local`, a sub-folder each; absent: "
             "there are none"},
    {.name = "MODEL_THREADS",
     .kind = CS_ENV_INT,
     .fallback = "0",
     .max = 64,
     .help = "threads for local models; 0: one for each processor"},
    {.name = "TEST",
     .kind = CS_ENV_INT,
     .fallback = "0",
     .max = 1,
     .help = "1: the embedding provider `hash` is available, for tests"},
    {0},
};

static const struct cs_ticker tickers[] = {
    {.name = "expire", .every_ms = 3600 * 1000, .fn = cache_tick},
    {0},
};

static int embed_start(void)
{
    if (cs_crypto_init() < 0 || cs_http_start() < 0)
        return -1;
    texts_start();
    models_start(cs_env("MODELS"));
    local_start((int)cs_env_int("MODEL_THREADS"));
    return 0;
}

static void embed_stop(void)
{
    cs_http_stop();
    local_stop();
    models_stop();
    texts_stop();
    cs_access_stop();
}

static const struct cs_service embed = {
    .about = "chatsphere-embed: vectors from an embedding provider",
    .methods = embed_methods,
    .tickers = tickers,
    .ctl = ctl,
    .env = env,
    .queue = 1024,
    .start = embed_start,
    .stop = embed_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&embed, argc, argv);
}
