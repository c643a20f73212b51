/* embed: vectors from an embedding provider. Calls bot_store (who makes them) and retrieve (ranges). */
#include "embed/embed.h"
#include "bot/bot.h"
#include "chatsphere/v1/embed.rpc.h"
#include "crypto/crypto.h"
#include "http/engine.h"
#include "provider/access.h"

static const struct cs_ctl ctl[] = {
    CS_BOT_CTL,
    CS_ACCESS_CTL,
    {0},
};

static const struct cs_env env[] = {
    CS_HTTP_ENV,
    {.name = "TEST",
     .kind = CS_ENV_INT,
     .fallback = "0",
     .max = 1,
     .help = "1: the embedding provider `hash` is available, for tests"},
    {0},
};

static int embed_start(void)
{
    if (cs_crypto_init() < 0 || cs_http_start() < 0)
        return -1;
    texts_start();
    return 0;
}

static void embed_stop(void)
{
    cs_http_stop();
    texts_stop();
    cs_access_stop();
}

static const struct cs_service embed = {
    .about = "chatsphere-embed: vectors from an embedding provider",
    .methods = embed_methods,
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
