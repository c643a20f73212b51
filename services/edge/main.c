/* edge: HTTP on one side, the bus on the other. Routes: routes.c; calls: auth, bot_store, ingest, retrieve, chat. */
#include "edge/address.h"
#include "edge/cors.h"
#include "edge/edge.h"
#include "edge/openapi.h"

#include "base/env.h"
#include "base/log.h"
#include "base/resident.h"
#include "crypto/context.h"
#include "crypto/crypto.h"
#include "nats/tls.h"
#include "nats/wire.h"
#include "obs/admin.h"
#include "obs/otlp.h"
#include "obs/secret_watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define EDGE_TEXT_(n_) #n_
#define EDGE_TEXT(n_) EDGE_TEXT_(n_)
#define EDGE_MAX_BODY 34603008
_Static_assert(EDGE_MAX_BODY == CS_MAX_FILE + 1024 * 1024, "the largest file, and its form");

static const struct cs_env settings[] = {
    {.name = "PORT",
     .kind = CS_ENV_INT,
     .fallback = "8080",
     .min = 1,
     .max = 65535,
     .help = "port of the API"},
    {.name = "LISTEN",
     .kind = CS_ENV_ADDRESS,
     .fallback = "0.0.0.0",
     .help = "address that the API listens on"},
    {.name = "LOOPS",
     .kind = CS_ENV_INT,
     .fallback = "2",
     .min = 1,
     .max = HTTP_LOOPS_MAX,
     .help = "event loops, one thread each"},
    CS_NATS_ENV("path of this program's credentials, a .creds file"),
    CS_SIGN_KEY_ENV,
    {.name = "WEB_DIR",
     .kind = CS_ENV_FOLDER,
     .format = "docs.html",
     .fallback = "share/chatsphere/web",
     .help = "built web pages and API pages, read at the start"},
    {.name = "CORS_ORIGINS",
     .kind = CS_ENV_LIST,
     .format = "origins such as https://example.org, or *",
     .item = cors_origin_valid,
     .help = "origins whose pages may use the API"},
    {.name = "TRUSTED_PROXIES",
     .kind = CS_ENV_LIST,
     .format = "numeric addresses or networks such as 10.0.0.0/8",
     .item = address_net_valid,
     .help = "proxies whose X-Forwarded-For and -Proto are trusted"},
    {.name = "MAX_BODY",
     .kind = CS_ENV_INT,
     .fallback = EDGE_TEXT(EDGE_MAX_BODY),
     .min = 1048576,
     .max = 268435456,
     .help = "maximum size of a request body in bytes"},
    {.name = "LIMIT_FACTOR",
     .kind = CS_ENV_INT,
     .fallback = "1",
     .max = 100000,
     .help = "factor of the request limits; 0: no limits"},
    {.name = "TENANT_STREAMS",
     .kind = CS_ENV_INT,
     .fallback = "1000",
     .min = 1,
     .max = 100000,
     .help =
         "maximum number of turns that one workspace follows in a process, beside those it began"},
    {.name = "SOCKETS",
     .kind = CS_ENV_INT,
     .fallback = "10000",
     .min = 1,
     .max = 1000000,
     .help = "maximum number of WebSockets of a process"},
    {.name = "TENANT_SOCKETS",
     .kind = CS_ENV_INT,
     .fallback = "6000",
     .min = 1,
     .max = 1000000,
     .help =
         "maximum number of WebSockets of the members and API keys of one workspace in a process"},
    {.name = "ADDRESS_SOCKETS",
     .kind = CS_ENV_INT,
     .fallback = "1000",
     .min = 1,
     .max = 1000000,
     .help = "maximum number of WebSockets of visitors, and of others before their token is known, "
             "from one address"},
    CS_ADMIN_ENV,
    {.name = "SPILL_DIR", .kind = CS_ENV_WRITABLE, .fallback = "/tmp", .help = "bodies over 1 MiB"},
    CS_LOG_ENV,
    CS_OTLP_ENV,
    {.name = "TRACE_SAMPLE",
     .kind = CS_ENV_SHARE,
     .fallback = "1.0",
     .help = "share of the new traces that are sampled"},
    {0},
};

static const char about[] =
    "chatsphere-edge: the HTTP API in front of the services\n\n"
    "usage: chatsphere-edge [--openapi | --help]\n\n"
    "  --openapi   print the OpenAPI document and exit; no setting is read\n"
    "  --help      print this text and exit";

int main(int argc, char **argv)
{
    sigset_t stop;
    const struct timespec settled = {.tv_sec = 2}, pulse = {.tv_sec = 5};

    if (argc == 2 && strcmp(argv[1], "--openapi") == 0) {
        json_auto_t *json = openapi_build();
        return json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF ? 0 : 1;
    }
    if (!cs_env_load(settings, about, argc, argv) || !cs_nats_plaintext_check())
        return 1;
    cs_log_init("edge");
    if (cs_crypto_init())
        return 1;
    /* before any thread, so that all of them leave the signals to this one */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    if (edge_start())
        return 1;
    if (sigtimedwait(&stop, NULL, &settled) < 0) {
        cs_resident_release();
        while (sigtimedwait(&stop, NULL, &pulse) < 0)
            cs_secrets_check();
    }
    edge_stop();
    return 0;
}
