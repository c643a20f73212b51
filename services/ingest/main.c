/* ingest: documents from upload to ready. Calls auth, bot_store, retrieve and embed. */
#include "ingest/ingest.h"

#include "bot/bot.h"
#include "bot/sweep.h"
#include "bot/plan.h"
#include "chatsphere/v1/ingest.rpc.h"
#include "ingest/fetch/crawl.h"

#include <malloc.h>

static const struct cs_job jobs[] = {
    {.verb = "document", .workers = INGEST_WORKERS, .fn = work_run},
    {.verb = "reembed", .workers = 1, .fn = reembed_run},
    {.verb = "update", .workers = 1, .fn = update_run},
    {.verb = "erase", .workers = 1, .fn = erase_run},
    {.verb = "crawl", .workers = 1, .fn = crawl_run},
    {0},
};

static const struct cs_ctl ctl[] = {CS_BOT_CTL, CS_PLAN_CTL, {0}};

static void sweep_tick(struct cs_call *call)
{
    static struct cs_bot_sweep sweep = {.erase = erase_bot};

    cs_bot_sweep(call, &sweep);
}

static const struct cs_ticker tickers[] = {
    {.name = "sweep", .every_ms = CS_SWEEP_MS, .fn = sweep_tick},
    {.name = "reconcile",
     .every_ms = 10 * 1000,
     .fn = reconcile_tick,
     .under_way = reconcile_under_way,
     .rest_ms = 30 * 1000},
    {.name = "watch",
     .every_ms = 200,
     .fn = watch_tick,
     .under_way = watch_under_way,
     .rest_ms = 3600 * 1000},
    {.name = "crawl",
     .every_ms = 100,
     .fn = crawl_tick,
     .under_way = crawl_under_way,
     .rest_ms = 10 * 1000},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = "bot.deleted", .fn = erase_bot},
    {.event = "bot.updated",
     .many = reembed_bots,
     .payload = &chatsphere__v1__bot_event__descriptor},
    {.event = "user.resumed", .fn = reconcile_resume},
    {.event = "workspace.resumed", .fn = reconcile_resume},
    {0},
};

static const struct cs_env settings[] = {
    CS_HTTP_ENV,
    {.name = "CRAWLS",
     .kind = CS_ENV_INT,
     .fallback = "4",
     .min = 1,
     .max = 32,
     .help =
         "pages of different sites that a workspace's crawls may ask for at a time in a process"},
    {.name = "CRAWL_DELAY_MS",
     .kind = CS_ENV_INT,
     .fallback = "1000",
     .min = 0,
     .max = 60000,
     .help = "pause between two pages of a site, in milliseconds; robots.txt may ask for more"},
    {.name = "WATCHES",
     .kind = CS_ENV_INT,
     .fallback = "20",
     .min = 1,
     .max = 128,
     .help = "maximum number of documents that one caller may watch at a time in a process"},
    {0},
};

/* The memory of a large document is returned when it is done, not kept for the next one. */
static int ingest_start(void)
{
    mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
    return cs_http_start();
}

static void ingest_leave(void)
{
    work_leave();
    watch_leave();
    crawl_leave();
}

static const struct cs_service ingest = {
    .about = "chatsphere-ingest: documents from upload to ready",
    .methods = ingest_methods,
    .jobs = jobs,
    .tickers = tickers,
    .ctl = ctl,
    .reactions = reactions,
    .env = settings,
    .start = ingest_start,
    .leave = ingest_leave,
    .stop = cs_http_stop,
};

int main(int argc, char **argv)
{
    return cs_service_main(&ingest, argc, argv);
}
