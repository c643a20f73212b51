/*
 * retrieve: chunks, BM25 and vector search in memory, over what PostgreSQL holds.
 * Contract: proto/chatsphere/v1/retrieve.proto. Calls embed (a question's vector), bot_store (is
 * there such a bot), and itself (the searches of an evaluation).
 */
#include "retrieve/evaluation.h"
#include "retrieve/retrieve.h"

#include "bot/bot.h"
#include "bot/sweep.h"
#include "chatsphere/v1/retrieve.rpc.h"
#include "http/engine.h"
#include "retrieve/repair.h"
#include "retrieve/vector/vector_store.h"

static const struct cs_ctl ctl[] = {CS_BOT_CTL, {0}};

static void sweep_tick(struct cs_call *call)
{
    static struct cs_bot_sweep sweep = {.erase = version_bot_deleted};

    cs_bot_sweep(call, &sweep);
}

static const struct cs_ticker tickers[] = {
    {.name = "repair", .every_ms = REPAIR_MS, .fn = repair_tick},
    {.name = "sweep", .every_ms = CS_SWEEP_MS, .fn = sweep_tick},
    {.name = "evaluations",
     .every_ms = 10 * 1000,
     .fn = evaluate_tick,
     .under_way = evaluate_under_way,
     .rest_ms = 60 * 1000},
    {0},
};

static const struct cs_job jobs[] = {
    {.verb = "evaluate", .workers = 1, .fn = evaluate_run},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = "bot.deleted", .fn = version_bot_deleted},
    {0},
};

static const struct cs_env settings[] = {
    CS_HTTP_ENV,
    VECTOR_STORE_ENV,
    {.name = "CACHE_MB",
     .kind = CS_ENV_INT,
     .fallback = "512",
     .min = 1,
     .max = 1L << 20,
     .help = "memory for searched collections in MiB; the documents of one bot may take a quarter "
             "of it"},
    {.name = "EVALUATIONS_KEPT",
     .kind = CS_ENV_INT,
     .fallback = "50",
     .min = 2,
     .max = 1000,
     .help = "evaluations that are kept of a bot; of a workspace ten times as many"},
    {0},
};

static const struct cs_service retrieve = {
    .about = "chatsphere-retrieve: chunks, BM25 and vector search in memory",
    .methods = retrieve_methods,
    .jobs = jobs,
    .ctl = ctl,
    .tickers = tickers,
    .reactions = reactions,
    .env = settings,
    .queue = 1024,
    .share_workers = true,
    .start = search_start,
    .stop = search_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&retrieve, argc, argv);
}
