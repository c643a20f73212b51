/* edge: HTTP on one side, the bus on the other. Routes: routes.c; calls: auth, bot_store, ingest, retrieve, chat. */
#include "edge/edge.h"
#include "edge/openapi.h"

#include "base/env.h"
#include "base/log.h"
#include "base/resident.h"
#include "crypto/crypto.h"
#include "obs/otlp.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct cs_env settings[] = {
    {"PORT", CS_ENV_INT, false, "8080", 1, 65535, "port of the API"},
    {"LISTEN", CS_ENV_TEXT, false, "0.0.0.0", 0, 0, "numeric address to listen on"},
    {"LOOPS", CS_ENV_INT, false, "2", 1, 64, "event loops, one thread each"},
    {"NATS_URL", CS_ENV_TEXT, false, "nats://127.0.0.1:4222", 0, 0, "address of the NATS server"},
    {"NATS_CREDS", CS_ENV_FILE, true, NULL, 0, 0, "file with this program's credentials"},
    {"NATS_CA", CS_ENV_FILE, false, NULL, 0, 0,
     "file with the certificate authority of the NATS server, for TLS"},
    {"SIGN_KEY", CS_ENV_SECRET, true, NULL, 0, 0, "key that signs the caller's context"},
    {"WEB_DIR", CS_ENV_TEXT, false, "share/chatsphere/web", 0, 0,
     "folder with the files of the API pages"},
    {"CORS_ORIGINS", CS_ENV_TEXT, false, NULL, 0, 0, "origins whose pages may use the API, or *"},
    {"TRUSTED_PROXIES", CS_ENV_TEXT, false, NULL, 0, 0,
     "addresses or networks whose X-Forwarded-For is trusted"},
    {"MAX_BODY", CS_ENV_INT, false, "34603008", 1048576, 268435456,
     "maximum size of a request body in bytes"},
    {"LIMIT_FACTOR", CS_ENV_INT, false, "1", 0, 100000,
     "factor of the request limits; 0: no limits"},
    {"ADMIN_ADDR", CS_ENV_TEXT, false, "127.0.0.1:0", 0, 0, "address of /readyz and /metrics"},
    {"ADMIN_FILE", CS_ENV_TEXT, false, NULL, 0, 0, "file to which that address is written"},
    {"SPILL_DIR", CS_ENV_TEXT, false, "/tmp", 0, 0, "folder for bodies over 1 MiB"},
    {"LOG_LEVEL", CS_ENV_TEXT, false, "info", 0, 0, "debug, info, warn or error"},
    CS_OTLP_ENV,
    {"TRACE_SAMPLE", CS_ENV_TEXT, false, "1.0", 0, 0,
     "share of the new traces that are sampled, 0 to 1"},
    {0},
};

static const char about[] =
    "chatsphere-edge: the HTTP API in front of the services\n\n"
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
    const struct timespec settled = {.tv_sec = 2};
    int signal_number;

    if (argc == 2 && strcmp(argv[1], "--openapi") == 0)
        return print_openapi();
    if (!cs_env_load(settings, about, argc, argv))
        return 2;
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
        sigwait(&stop, &signal_number);
    }
    edge_stop();
    return 0;
}
