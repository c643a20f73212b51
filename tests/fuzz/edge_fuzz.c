/*
 * Any bytes as what a client sends to the edge: h2o, http.c and request.c in one process, over a connection of its
 * own. A stand-in for the bridge answers each call, well or badly as the input has it. The connection ends, and no
 * request takes more memory than the bound.
 */
#include "bound.h"

#include "edge/edge.h"
#include "edge/http/http.h"
#include "edge/keys.h"
#include "edge/problem.h"
#include "edge/ready.h"
#include "edge/request.h"
#include "edge/routes.h"
#include "edge/stream.h"
#include "edge/token.h"
#include "edge/upload.h"
#include "edge/welcome.h"

#include "crypto/crypto.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MS = 9000, IDLE_MS = 20, ROLES_MAX = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static atomic_size_t input; /* bytes of the present one */
static const uint8_t *input_data;
static atomic_uint choice; /* from the input: how the next calls are answered */
static struct sockaddr_in address = {.sin_family = AF_INET};

/* ---- the bridge: each call is answered at once, or in the loop's next turn ---- */

struct bridge {
    struct list waiting;
};

static const char some_id[] = "018f0000-0000-7000-8000-000000000001";

/* Every text of a reply is an id, and a credential has all scopes. */
static ProtobufCMessage *reply_new(struct cs_arena *a, const struct cs_rpc *rpc)
{
    static char *roles[ROLES_MAX];
    const ProtobufCMessageDescriptor *d = rpc->output;
    ProtobufCMessage *msg = cs_alloc(a, d->sizeof_message);

    protobuf_c_message_init(d, msg);
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].type == PROTOBUF_C_TYPE_STRING &&
            d->fields[i].label != PROTOBUF_C_LABEL_REPEATED &&
            !(d->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
            *(const char **)((char *)msg + d->fields[i].offset) = some_id;
    if (rpc == RPC_AUTH_CHECK_CREDENTIAL) {
        Principal *p = (Principal *)msg;
        p->roles = roles;
        for (size_t i = 0; i < n_routes && p->n_roles < ROLES_MAX; i++)
            if (routes[i].scope)
                roles[p->n_roles++] = (char *)routes[i].scope;
    }
    return msg;
}

static void frame_give(struct bridge_call *call)
{
    Frame f = FRAME_INIT;
    DeltaFrame delta = DELTA_FRAME_INIT;
    uint8_t packed[256];

    f.seq = 1;
    f.kind_case = FRAME_KIND_DELTA;
    delta.text = (char *)some_id;
    f.delta = &delta;
    call->frame(call->user, packed, protobuf_c_message_pack(&f.base, packed));
    if (call->open)
        call->frame(call->user, input_data, atomic_load(&input));
}

/* Well, with a problem, with the input itself, or not at all; a credential is good, or nothing is reached. */
static void bridge_answer(struct bridge_call *call)
{
    unsigned kind = atomic_fetch_add(&choice, 1) % 8;
    struct bridge_reply reply = {0};
    struct cs_arena a;

    list_remove(&call->link);
    if (call->frames != BRIDGE_NO_FRAMES && kind % 2)
        frame_give(call);
    if (!call->open)
        return; /* the frames ended it */
    cs_arena_init(&a);
    if (call->ping || (kind == 6 && call->rpc != RPC_AUTH_CHECK_CREDENTIAL)) {
        reply = (struct bridge_reply){.status = 503, .detail = "The service is not there."};
    } else if (kind >= 4 && call->rpc != RPC_AUTH_CHECK_CREDENTIAL) {
        reply = (struct bridge_reply){
            .status = kind == 4 ? 404 : 0, .data = input_data, .len = atomic_load(&input)};
    } else {
        reply.data = pbjson_pack(&a, reply_new(&a, call->rpc), &reply.len);
    }
    if (call->frames == BRIDGE_NO_FRAMES)
        call->open = false;
    call->done(call->user, &reply);
    cs_arena_dispose(&a);
}

struct bridge *bridge_new(struct http_loop *http, int loop, const struct bridge_settings *s)
{
    static struct bridge b;

    (void)http;
    (void)loop;
    (void)s;
    list_init(&b.waiting);
    return &b;
}

void bridge_close(struct bridge *b)
{
    (void)b;
}

bool bridge_connected(const struct bridge *b)
{
    (void)b;
    return true;
}

void bridge_send(struct bridge *b, struct bridge_call *call)
{
    list_init(&call->link);
    call->open = true;
    if (atomic_load(&choice) % 3)
        list_add(&b->waiting, &call->link);
    else
        bridge_answer(call);
}

void bridge_ping(struct bridge *b, const char *service, struct bridge_call *call)
{
    call->ping = service;
    bridge_send(b, call);
}

void bridge_cancel(struct bridge *b, struct bridge_call *call, bool tell)
{
    (void)b;
    (void)tell;
    if (!call->open)
        return;
    list_remove(&call->link);
    call->open = false;
}

int bridge_turn(struct bridge *b)
{
    struct list now;

    list_init(&now);
    list_move(&now, &b->waiting);
    while (!list_empty(&now))
        bridge_answer(LIST_OF(now.next, struct bridge_call, link));
    return list_empty(&b->waiting) ? IDLE_MS : 0;
}

void bridge_tick(struct bridge *b)
{
    (void)b;
}

/* ---- the edge ---- */

static void *loop_start(struct http_loop *http, int index)
{
    static struct edge e;

    e.shared = &edge_shared;
    e.http = http;
    list_init(&e.streams);
    list_init(&e.hashing);
    cs_arena_init(&e.scratch);
    e.bridge = bridge_new(http, index, &edge_shared.bus);
    e.keys = keys_new(e.bridge);
    e.tokens = tokens_new(e.bridge, e.keys, edge_shared.limits);
    return &e;
}

static void on_request(void *user, struct http_request *http)
{
    struct cs_arena *arena = http->arena;

    request_begin(user, http);
    bound_check(arena, atomic_load(&input));
}

static int loop_turn(void *user)
{
    struct edge *e = user;
    bool busy = upload_turn(e);
    int wait;

    keys_tick(e->keys);
    wait = bridge_turn(e->bridge);
    return busy ? 0 : wait;
}

static void loop_tick(void *user)
{
    stream_tick(user);
}

static bool refusal_readable(const char *origin, const char *path)
{
    (void)origin;
    (void)path;
    return true;
}

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t len = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
        getsockname(fd, (struct sockaddr *)&address, &len))
        abort();
    close(fd);
    return ntohs(address.sin_port);
}

static void edge_begin(void)
{
    static struct http_server server = {
        .listen = "127.0.0.1",
        .loops = 1,
        .max_body = 33 << 20,
        .spill_dir = "/tmp",
        .loop_start = loop_start,
        .on_request = on_request,
        .body_welcome = body_welcome,
        .body_forget = body_forget,
        .loop_turn = loop_turn,
        .loop_tick = loop_tick,
        .refusal = problem_refusal,
        .refusal_readable = refusal_readable,
    };
    const char *wrong;

    cs_crypto_init();
    snprintf(edge_shared.id, sizeof(edge_shared.id), "00000001");
    edge_shared.limits = limits_new(0);
    edge_shared.openapi = "{}";
    edge_shared.openapi_len = 2;
    edge_shared.web_dir = "services/edge/web";
    if (!cors_init(&edge_shared.cors, "https://a.example", &wrong) ||
        !address_proxies_init(&edge_shared.proxies, "127.0.0.0/8"))
        abort();
    server.port = free_port();
    ready_begin(1);
    if (http_start(&server))
        abort();
}

/* until the edge has closed it */
static void read_all(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char answer[4096];
    int r;

    do {
        r = poll(&p, 1, ANSWER_MS);
        if (r == 0 || (r < 0 && errno != EINTR)) /* the fuzzer has an alarm of its own */
            abort();
    } while (r < 0 || read(fd, answer, sizeof(answer)) > 0);
}

static unsigned choice_of(const uint8_t *data, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += data[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;

    if (!begun)
        edge_begin();
    begun = true;
    input_data = data;
    atomic_store(&input, size);
    atomic_store(&choice, choice_of(data, size));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
        abort();
    for (size_t at = 0; at < size;) {
        ssize_t n = send(fd, data + at, size - at, MSG_NOSIGNAL);
        if (n <= 0)
            break; /* refused before its end */
        at += (size_t)n;
    }
    shutdown(fd, SHUT_WR);
    read_all(fd);
    close(fd);
    return 0;
}
