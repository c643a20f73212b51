/*
 * chat: conversations, messages and turns. Contract: proto/chatsphere/v1/chat.proto
 * Calls bot_store, retrieve, auth, embed (vectors of conversations and of what is searched in them) and ingest (what
 * documents take).
 */
#include "base/env.h"
#include "bot/bot.h"
#include "bot/sweep.h"
#include "bot/plan.h"
#include "bot/standing.h"
#include "bus/replay.h"
#include "chat/answer_cache.h"
#include "chat/approval.h"
#include "chat/chat.h"
#include "chat/conversation.h"
#include "chat/digest.h"
#include "chat/price.h"
#include "chat/quota.h"
#include "chat/running.h"
#include "chat/store.h"
#include "chat/takeover.h"
#include "chat/use.h"
#include "chatsphere/v1/chat.rpc.h"
#include "crypto/crypto.h"
#include "http/engine.h"
#include "provider/access.h"

static void sweep_tick(struct cs_call *call)
{
    static struct cs_bot_sweep sweep = {.erase = chat_on_bot_deleted};

    cs_bot_sweep(call, &sweep);
}

static const struct cs_ticker tickers[] = {
    {.name = "sweep", .every_ms = CS_SWEEP_MS, .fn = sweep_tick},
    {.name = "renew", .every_ms = 5000, .fn = running_renew},
    {.name = "standing",
     .every_ms = CS_STANDING_MS,
     .fn = running_check,
     .under_way = running_any,
     .rest_ms = 3600 * 1000},
    {.name = "capture",
     .every_ms = 200,
     .fn = takeover_prepare,
     .under_way = cs_frames_uncaptured,
     .rest_ms = 3600 * 1000},
    {.name = "takeover",
     .every_ms = 2000,
     .fn = takeover_tick,
     .under_way = takeover_under_way,
     .rest_ms = 10 * 1000}, /* less than a lease, so that none that lapses is found much later */
    {.name = "settle use",
     .every_ms = 2000,
     .fn = quota_settle,
     .under_way = use_held,
     .rest_ms = 3600 * 1000},
    {.name = "approvals",
     .every_ms = 500,
     .fn = approval_tick,
     .under_way = approval_any,
     .rest_ms = 3600 * 1000},
    {.name = "idle", .every_ms = 1000, .fn = conversation_end_idle},
    {.name = "digests", .every_ms = 2000, .fn = digest_tick},
    {.name = "expire", .every_ms = 10 * 60 * 1000, .fn = conversation_expire},
    {.name = "purge use", .every_ms = 3600 * 1000, .fn = store_use_purge},
    {0},
};

static const struct cs_ctl ctl[] = {
    CS_BOT_CTL,
    CS_PLAN_CTL,
    CS_ACCESS_CTL,
    {.subject = "turn_cancel.*", .fn = running_on_cancel},
    {.subject = "turn_approval.*", .fn = approval_on_decision},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = "bot.deleted", .fn = chat_on_bot_deleted},
    {.event = "bot.updated", .fn = answer_cache_on_change},
    {.event = "document.ready", .fn = answer_cache_on_change},
    {.event = "document.updated", .fn = answer_cache_on_change},
    {.event = "document.deleted", .fn = answer_cache_on_change},
    {0},
};

static const struct cs_env env[] = {
    {.name = "PROVIDER_IDLE_S",
     .kind = CS_ENV_INT,
     .fallback = "120",
     .min = 1,
     .max = 600,
     .help = "maximum silence of a model within a streamed answer, in seconds"},
    {.name = "PROVIDER_FIRST_S",
     .kind = CS_ENV_INT,
     .fallback = "300",
     .min = 1,
     .max = 600,
     .help = "maximum silence of a model before the first word of a streamed answer, in seconds: "
             "it may be loading"},
    {.name = "PRICES",
     .kind = CS_ENV_LIST,
     .format =
         "provider/model=dollars:dollars for a million tokens of the prompt and of the answer",
     .item = price_valid,
     .help = "prices of models, such as openai/gpt-4o-mini=0.15:0.6; * fits any end of a name"},
    {.name = "TENANT_TURNS",
     .kind = CS_ENV_INT,
     .fallback = "32",
     .min = 1,
     .max = 100000,
     .help = "maximum number of answers of one workspace under way in a process"},
    {.name = "ANSWER_CACHE_MB",
     .kind = CS_ENV_INT,
     .fallback = "8",
     .min = 1,
     .max = 1024,
     .help = "cached answers that are kept of a workspace, in MiB; only bots with answer_cache "
             "have any"},
    {.name = "VISITOR_TURNS",
     .kind = CS_ENV_INT,
     .fallback = "16",
     .min = 1,
     .max = 100000,
     .help = "maximum number of answers to the visitors of one public bot under way in a process; "
             "they count for TENANT_TURNS, too"},
    APPROVAL_ENV,
    CS_HTTP_ENV,
    {0},
};

static int chat_start(void)
{
    running_limits((size_t)cs_env_int("TENANT_TURNS"), (size_t)cs_env_int("VISITOR_TURNS"));
    price_start(cs_env("PRICES"));
    return cs_crypto_init() < 0 || cs_http_start() < 0 ? -1 : 0;
}

static void chat_stop(void)
{
    quota_stop();
    cs_http_stop();
    cs_access_stop();
    price_stop();
}

static const struct cs_service chat_service = {
    .about = "chatsphere-chat: conversations, messages and turns",
    .methods = chat_methods,
    .tickers = tickers,
    .ctl = ctl,
    .reactions = reactions,
    .env = env,
    .queue = 1024,
    .start = chat_start,
    .leave = approval_stop,
    .stop = chat_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&chat_service, argc, argv);
}
