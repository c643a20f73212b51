/* edge: HTTP on one side, the bus on the other. Routes: routes.c; calls: auth, bot_store, ingest, retrieve, chat. */
#include "edge/address.h"
#include "edge/cors.h"
#include "edge/edge.h"
#include "edge/openapi.h"

#include "base/env.h"
#include "base/log.h"
#include "base/plaintext.h"
#include "base/resident.h"
#include "crypto/crypto.h"
#include "nats/tls.h"
#include "obs/otlp.h"
#include "obs/secret_watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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
     .max = 64,
     .help = "event loops, one thread each"},
    {.name = "NATS_URL",
     .kind = CS_ENV_URL,
     .format = "nats, tls",
     .fallback = "nats://127.0.0.1:4222",
     .help = "address of the NATS server"},
    {.name = "NATS_CREDS",
     .kind = CS_ENV_FILE,
     .required = true,
     .help = "this program's credentials"},
    {.name = "NATS_CA",
     .kind = CS_ENV_FILE,
     .help = "certificate authority of the NATS server, for TLS"},
    CS_PLAINTEXT_ENV,
    {.name = "SIGN_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "keys that sign this program's calls, a line each: <name> <base64url seed>"},
    {.name = "WEB_DIR",
     .kind = CS_ENV_FOLDER,
     .format = "docs.html",
     .fallback = "share/chatsphere/web",
     .help = "files of the API pages"},
    {.name = "CORS_ORIGINS",
     .kind = CS_ENV_LIST,
     .format = "origins such as https://example.org, or *",
     .item = cors_origin_valid,
     .help = "origins whose pages may use the API"},
    {.name = "TRUSTED_PROXIES",
     .kind = CS_ENV_LIST,
     .format = "numeric addresses or networks such as 10.0.0.0/8",
     .item = address_net_valid,
     .help = "proxies whose X-Forwarded-For is trusted"},
    {.name = "MAX_BODY",
     .kind = CS_ENV_INT,
     .fallback = "34603008",
     .min = 1048576,
     .max = 268435456,
     .help = "maximum size of a request body in bytes"},
    {.name = "LIMIT_FACTOR",
     .kind = CS_ENV_INT,
     .fallback = "1",
     .max = 100000,
     .help = "factor of the request limits; 0: no limits"},
    {.name = "ADMIN_ADDR",
     .kind = CS_ENV_ENDPOINT,
     .fallback = "127.0.0.1:0",
     .help = "address of /readyz and /metrics; port 0: any free port"},
    {.name = "ADMIN_FILE", .kind = CS_ENV_OUTPUT, .help = "file to which that address is written"},
    {.name = "SPILL_DIR", .kind = CS_ENV_WRITABLE, .fallback = "/tmp", .help = "bodies over 1 MiB"},
    {.name = "LOG_LEVEL",
     .kind = CS_ENV_CHOICE,
     .format = "debug, info, warn, error",
     .fallback = "info",
     .help = "lowest level of the log lines"},
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

static int print_openapi(void)
{
    json_auto_t *json = openapi_build();

    return json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF ? 0 : 1;
}

int main(int argc, char **argv)
{
    sigset_t stop;
    const struct timespec settled = {.tv_sec = 2}, pulse = {.tv_sec = 5};

    if (argc == 2 && strcmp(argv[1], "--openapi") == 0)
        return print_openapi();
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
