/* The start: settings, what loops share, and the callbacks of each loop. */
#include "edge/edge.h"

#include "edge/feed.h"
#include "edge/keys.h"
#include "edge/openapi.h"
#include "edge/problem.h"
#include "edge/readers.h"
#include "edge/ready.h"
#include "edge/request.h"
#include "edge/channel.h"
#include "edge/routes.h"
#include "edge/stream.h"
#include "edge/token.h"
#include "edge/upload.h"
#include "edge/welcome.h"

#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "nats/topology.h"
#include "obs/admin.h"
#include "obs/otlp.h"
#include "obs/secret_watch.h"

#include <nats/nats.h>
#include <stdlib.h>
#include <string.h>

enum { GRACE_MS = 30 * 1000, LIBRARY_STOP_MS = 2000 };

struct edge_shared edge_shared;

/* ---- a loop ---- */

static void *loop_start(struct http_loop *http, int index)
{
    struct edge *e = calloc(1, sizeof(*e));

    if (!e)
        abort();
    e->shared = &edge_shared;
    e->http = http;
    list_init(&e->streams);
    list_init(&e->feeds);
    list_init(&e->hashing);
    list_init(&e->sockets);
    cs_arena_init(&e->scratch);
    e->bridge = bridge_new(http, index, &edge_shared.bus);
    e->channels = channels_new(e);
    e->keys = keys_new(e->bridge);
    e->tokens = tokens_new(e->bridge, e->keys, edge_shared.limits);
    return e;
}

static void on_request(void *user, struct http_request *http)
{
    request_begin(user, http);
}

static int loop_turn(void *user)
{
    struct edge *e = user;
    bool busy = upload_turn(e);
    int keys = keys_tick(e->keys);

    channels_turn(e->channels);
    /* last, since it sends what all others published */
    int bus = bridge_turn(e->bridge);

    return busy ? 0 : keys < bus ? keys : bus;
}

static void loop_tick(void *user)
{
    struct edge *e = user;

    bridge_tick(e->bridge);
    feed_tick(e);
    sockets_tick(e);
    stream_tick(e);
}

static void loop_leave(void *user)
{
    sockets_leave(user);
}

static void loop_stop(void *user)
{
    struct edge *e = user;

    channels_free(e->channels);
    tokens_free(e->tokens);
    keys_free(e->keys);
    bridge_close(e->bridge);
    cs_arena_dispose(&e->scratch);
    free(e);
}

/* ---- the process ---- */

static const char sign_key_form[] =
    "CHATSPHERE_SIGN_KEY must be lines of a name and a base64url seed";

static int signer_load(const char *text)
{
    if (cs_signer_load(edge_shared.signer, text))
        return 0;
    cs_log(CS_ERROR, sign_key_form, NULL);
    return -1;
}

static int read_settings(void)
{
    struct edge_shared *s = &edge_shared;
    const char *wrong = NULL;

    s->signer = cs_signer_new(cs_env("SIGN_KEY"));
    if (!s->signer) {
        cs_log(CS_ERROR, sign_key_form, NULL);
        return -1;
    }
    cs_secret_watch("SIGN_KEY", signer_load);
    if (!cors_init(&s->cors, cs_env("CORS_ORIGINS"), &wrong)) {
        cs_log(CS_ERROR, "CHATSPHERE_CORS_ORIGINS contains too many origins", "maximum",
               cs_log_int(CORS_ORIGINS), NULL);
        return -1;
    }
    if (!address_proxies_init(&s->proxies, cs_env("TRUSTED_PROXIES"))) {
        cs_log(CS_ERROR, "CHATSPHERE_TRUSTED_PROXIES contains too many networks", "maximum",
               cs_log_int(ADDRESS_PROXIES), NULL);
        return -1;
    }
    s->trace_share = strtod(cs_env("TRACE_SAMPLE"), NULL);
    s->limits = limits_new(cs_env_int("LIMIT_FACTOR"));
    readers_limit((size_t)cs_env_int("TENANT_STREAMS"));
    sockets_limits((size_t)cs_env_int("SOCKETS"), (size_t)cs_env_int("TENANT_SOCKETS"),
                   (size_t)cs_env_int("ADDRESS_SOCKETS"));
    s->web_dir = cs_env("WEB_DIR");
    s->bus = (struct bridge_settings){
        .url = cs_env("NATS_URL"),
        .creds = cs_env("NATS_CREDS"),
        .ca = cs_env("NATS_CA"),
        .edge_id = s->id,
        .signer = s->signer,
    };
    return 0;
}

/* Without pages the API works; a folder that is too large or unreadable is a mistake. */
static int load_pages(void)
{
    struct edge_shared *s = &edge_shared;
    const char *wrong = NULL;

    if (!pages_load(&s->pages, s->web_dir, &wrong)) {
        cs_log(CS_ERROR, "a file below CHATSPHERE_WEB_DIR cannot be served", "path", wrong,
               "maximum", cs_log_int(PAGE_FILE_MAX), NULL);
        return -1;
    }
    if (s->pages.n == 0)
        cs_log(CS_WARN, "the web pages are not built; the API works without them", "folder",
               s->web_dir, NULL);
    return 0;
}

static int make_openapi(void)
{
    json_t *json = openapi_build();
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    if (!text) {
        cs_log(CS_ERROR, "cannot build the OpenAPI document", NULL);
        return -1;
    }
    edge_shared.openapi = text;
    edge_shared.openapi_len = strlen(text);
    return 0;
}

/* A call without the right would never be answered: the broker drops what a program may not publish. */
static int check_routes(void)
{
    const struct cs_node *edge = cs_topology_find("edge");

    for (size_t i = 0; i < n_routes; i++) {
        const struct cs_rpc *rpc = routes[i].rpc;
        if (!rpc || cs_topology_may_call(edge, rpc->service, rpc->method))
            continue;
        cs_log(CS_ERROR,
               "the edge may not call the rpc of a route; add it to .calls of edge in "
               "libs/nats/topology.c",
               "path", routes[i].path, "service", rpc->service, "method", rpc->method, NULL);
        return -1;
    }
    return 0;
}

static bool refusal_readable(const char *origin, const char *path)
{
    struct route_match m = {0};

    for (int method = HTTP_GET; !m.route && method < HTTP_HEAD; method++)
        route_find((enum http_method)method, path, &m);
    return cors_allowed(&edge_shared.cors, origin, m.route && (m.route->flags & ROUTE_ANY_ORIGIN));
}

int edge_start(void)
{
    uint32_t id;
    struct http_server server = {
        .listen = cs_env("LISTEN"),
        .port = (int)cs_env_int("PORT"),
        .loops = (int)cs_env_int("LOOPS"),
        .max_body = (size_t)cs_env_int("MAX_BODY"),
        .spill_dir = cs_env("SPILL_DIR"),
        .loop_start = loop_start,
        .on_request = on_request,
        .body_welcome = body_welcome,
        .body_forget = body_forget,
        .loop_turn = loop_turn,
        .loop_tick = loop_tick,
        .loop_leave = loop_leave,
        .loop_stop = loop_stop,
        .refusal = problem_refusal,
        .refusal_readable = refusal_readable,
    };

    cs_random(&id, sizeof(id));
    snprintf(edge_shared.id, sizeof(edge_shared.id), "%08x", id);
    if (check_routes() || read_settings() || load_pages() || make_openapi() ||
        cs_admin_start(cs_env("ADMIN_ADDR")) || cs_otlp_start("edge", cs_env("OTLP_URL")))
        return -1;
    cs_ready_set("accepting", false);
    ready_begin(server.loops);
    nats_Open(-1);
    if (http_start(&server))
        return -1;
    cs_ready_set("accepting", true);
    cs_log(CS_INFO, "edge listens", "port", cs_log_int(server.port), "id", edge_shared.id, NULL);
    return 0;
}

void edge_stop(void)
{
    cs_ready_set("accepting", false);
    http_stop(GRACE_MS);
    nats_CloseAndWait(LIBRARY_STOP_MS);
    cs_otlp_stop();
    cs_admin_stop();
    cs_secrets_forget();
    cs_signer_free(edge_shared.signer);
    limits_free(edge_shared.limits);
    cors_free(&edge_shared.cors);
    pages_free(&edge_shared.pages);
    free((char *)edge_shared.openapi);
    cs_log(CS_INFO, "edge stopped", NULL);
}
