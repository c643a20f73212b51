/* Requests as bytes on sockets: most answers are not read, and many are never wanted. */
#include "attack.h"
#include "fairness.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    BEAT_MS = 10,       /* a sign-in each */
    SEARCH_BEATS = 5,   /* and each so many a search, */
    TURN_BEATS = 10,    /* a turn, */
    TRICKLE_BEATS = 50, /* and some bytes of each upload */
    OPEN = 1024, /* of the connections whose answers come, the oldest is closed for a new one */
    LOGINS_AT_ONCE = 128, /* and then one after the other */
    WATCHES = 1000,
    UPLOADS = 48,
    UPLOAD_BYTES = 30 * 1000 * 1000,
    UPLOAD_BEGIN = 1100 * 1000, /* more than an edge keeps in memory */
    TRICKLE = 400,              /* 800 bytes a second, where 512 are wanted */
    DOCUMENTS = 2,
    SLOW_DOCUMENTS = 3,
    SLOW_CHUNKS = 300,
    SILENT_BOTS = 3,
    TALKS = 40,                   /* conversations, each of which has one turn at a time */
#if defined(__SANITIZE_ADDRESS__) /* all programs are as slow as this one */
    LOGIN_BEATS = 10,
    DOCUMENT_BYTES = 4 << 20,
#else
    LOGIN_BEATS = 1,
    DOCUMENT_BYTES = 31 << 20,
#endif
    SEND_MS = 2000,
};

static struct {
    struct account account;
    struct sockaddr_in to;
    pthread_t threads[2];
    atomic_bool over;
    char talks[TALKS][ID_SIZE], slow_bot[ID_SIZE], heavy_bot[ID_SIZE];
    char watched[ID_SIZE];
    int open[OPEN], watches[WATCHES], uploads[UPLOADS];
    size_t n_opened, n_logins;
} attack;

/* -1: the edge does not take it */
static int connection_open(void)
{
    const struct timeval patience = {.tv_sec = SEND_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&attack.to, sizeof(attack.to)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The head of a request and what there is of its body, which may be NULL. */
static int request_open(const char *method, const char *path, const char *token,
                        const char *media_type, const char *body, size_t whole)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    char address[ADDRESS_SIZE];
    int fd = connection_open();

    if (fd < 0)
        return -1;
    address_next(address, ATTACKER);
    cs_buf_addf(&out, "%s %s HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: %s\r\n", method, path,
                token ? attack.account.address : address);
    if (token)
        cs_buf_addf(&out, "Authorization: Bearer %s\r\n", token);
    if (body)
        cs_buf_addf(&out, "Content-Type: %s\r\nContent-Length: %zu\r\n", media_type, whole);
    cs_buf_addf(&out, "\r\n%s", body ? body : "");
    send(fd, out.data, out.len, MSG_NOSIGNAL);
    return fd;
}

static void request_fire(const char *path, const char *token, const char *body)
{
    size_t i = attack.n_opened++ % OPEN;

    if (attack.n_opened > OPEN && attack.open[i] >= 0)
        close(attack.open[i]);
    attack.open[i] = request_open("POST", path, token, "application/json", body, strlen(body));
}

/* ---- the world of the attacker ---- */

static void attack_upload(const char *bot, const char *text, size_t len, char id[ID_SIZE])
{
    static const char *const headers[] = {"Content-Type: multipart/form-data; boundary=part", NULL};
    static int number; /* the same bytes under the same name would be the same document */
    CS_BUF_AUTO struct cs_buf body = {0};
    char path[160];
    struct tc_reply r;

    cs_buf_addf(&body,
                "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%d.md\""
                "\r\nContent-Type: text/markdown\r\n\r\n",
                number++);
    cs_buf_add(&body, text, len);
    cs_buf_adds(&body, "\r\n--part--\r\n");
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", bot);
    tc_do(&attack.account.tc,
          &(struct tc_request){.method = "POST",
                               .path = path,
                               .token = attack.account.token,
                               .headers = headers,
                               .body = body.data,
                               .body_len = body.len},
          &r);
    const char *text_id =
        json_string_value(json_object_get(json_object_get(r.json, "document"), "id"));
    snprintf(id, ID_SIZE, "%s", text_id ? text_id : "");
    if (!text_id)
        fprintf(stderr, "fairness: the attacker's document is refused: %ld %.200s\n", r.status,
                r.body.data);
    tc_reply_free(&r);
}

static void attack_slow_documents(void)
{
    CS_BUF_AUTO struct cs_buf text = {0};

    for (int i = 0; i < SLOW_CHUNKS; i++) {
        cs_buf_addf(&text, "# Part %d\n\n", i);
        for (int k = 0; k < 60; k++)
            cs_buf_addf(&text, "Of masts and sails %d. ", k);
        cs_buf_adds(&text, "\n\n");
    }
    for (int i = 0; i < SLOW_DOCUMENTS; i++)
        attack_upload(attack.slow_bot, text.data, text.len, attack.watched);
}

static void attack_heavy_documents(void)
{
    CS_BUF_AUTO struct cs_buf text = {0};
    char id[ID_SIZE];

    for (unsigned i = 0; text.len < DOCUMENT_BYTES - 4096; i++)
        cs_buf_addf(&text, i % 64 ? "w%07x " : "w%07x.\n\n", i * 2654435761u >> 4);
    for (int i = 0; i < DOCUMENTS && !atomic_load(&attack.over); i++)
        attack_upload(attack.heavy_bot, text.data, text.len, id);
}

static void attack_talk(int i, const char *bot)
{
    char body[128];

    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", bot);
    account_make(&attack.account, "POST", "/api/v1/conversations", body, attack.talks[i]);
}

static void attack_world(const char *provider)
{
    char bot[ID_SIZE], address[64];
    int i = 0;

    account_bot(&attack.account, NULL, "{\"llm_provider\":\"builtin\"}", attack.heavy_bot);
    account_bot(
        &attack.account, provider,
        "{\"embedding_provider\":\"house\",\"embedding_model\":\"test?dims=64&first=24000\","
        "\"embedding_dimensions\":64}",
        attack.slow_bot);
    for (; i < SILENT_BOTS; i++) {
        snprintf(address, sizeof(address), "http://%d.silent.test", i);
        account_bot(&attack.account, address, "{\"llm_provider\":\"house\",\"llm_model\":\"m\"}",
                    bot);
        attack_talk(i, bot);
    }
    account_bot(&attack.account, provider,
                "{\"llm_provider\":\"house\",\"llm_model\":\"test?first=600000\"}", bot);
    for (; i < TALKS; i++)
        attack_talk(i, bot);
}

/* ---- what never ends ---- */

static void attack_watch(void)
{
    char path[200];

    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s/events", attack.slow_bot,
             attack.watched);
    for (int i = 0; i < WATCHES && !atomic_load(&attack.over); i++) {
        attack.watches[i] = request_open("GET", path, attack.account.token, NULL, NULL, 0);
        if (i % 20 == 0)
            cs_sleep_ms(BEAT_MS);
    }
}

static void attack_endless_uploads(void)
{
    CS_BUF_AUTO struct cs_buf part = {0};
    char path[160];

    cs_buf_adds(&part, "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\""
                       "\r\nContent-Type: text/markdown\r\n\r\n");
    while (part.len < UPLOAD_BEGIN)
        cs_buf_adds(&part, "It never ends. ");
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", attack.heavy_bot);
    for (int i = 0; i < UPLOADS && !atomic_load(&attack.over); i++)
        attack.uploads[i] =
            request_open("POST", path, attack.account.token, "multipart/form-data; boundary=part",
                         part.data, UPLOAD_BYTES);
}

static void attack_trickle(void)
{
    char some[TRICKLE];

    memset(some, 'x', sizeof(some));
    for (int i = 0; i < UPLOADS; i++)
        if (attack.uploads[i] >= 0)
            send(attack.uploads[i], some, sizeof(some), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void *attack_hold(void *arg)
{
    (void)arg;
    attack_slow_documents();
    attack_watch();
    attack_endless_uploads();
    attack_heavy_documents();
    while (!atomic_load(&attack.over)) {
        attack_trickle();
        cs_sleep_ms((int64_t)TRICKLE_BEATS * BEAT_MS);
    }
    return NULL;
}

/* ---- what is fired ---- */

static void attack_login(void)
{
    char body[160];

    snprintf(body, sizeof(body), "{\"username\":\"nobody-%zu\",\"password\":\"wrong horse\"}",
             attack.n_logins++);
    request_fire("/api/v1/auth/login", NULL, body);
}

static void attack_turn(unsigned beat)
{
    char path[160];

    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages",
             attack.talks[beat / TURN_BEATS % TALKS]);
    request_fire(path, attack.account.token, "{\"content\":\"Anybody?\",\"stream\":true}");
}

static void attack_search(unsigned beat)
{
    char path[160], body[160];
    unsigned word = beat * 2654435761u >> 4;

    snprintf(path, sizeof(path), "/api/v1/bots/%s/search", attack.heavy_bot);
    snprintf(body, sizeof(body), "{\"query\":\"w%07x w%07x w%07x w%07x\"}", word, word ^ 1,
             word ^ 16, word ^ 256);
    request_fire(path, attack.account.token, body);
}

static void *attack_fire(void *arg)
{
    int64_t began = cs_mono_ms();
    (void)arg;

    for (int i = 0; i < LOGINS_AT_ONCE; i++)
        attack_login();
    for (unsigned beat = 0; !atomic_load(&attack.over); beat++) {
        int64_t early = began + (int64_t)beat * BEAT_MS - cs_mono_ms();
        if (beat % LOGIN_BEATS == 0)
            attack_login();
        if (beat % TURN_BEATS == 0)
            attack_turn(beat);
        if (beat % SEARCH_BEATS == 0)
            attack_search(beat);
        if (early > 0)
            cs_sleep_ms(early);
    }
    return NULL;
}

void attack_begin(const char *base_url, const char *provider)
{
    const char *port = strrchr(base_url, ':');

    attack.to = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                     .sin_port = htons((uint16_t)strtol(port + 1, NULL, 10))};
    memset(attack.open, -1, sizeof(attack.open));
    memset(attack.watches, -1, sizeof(attack.watches));
    memset(attack.uploads, -1, sizeof(attack.uploads));
    account_open(&attack.account, base_url, "attacker", ATTACKER);
    attack_world(provider);
    pthread_create(&attack.threads[0], NULL, attack_hold, NULL);
    pthread_create(&attack.threads[1], NULL, attack_fire, NULL);
}

static void connections_close(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* What goes on without its client. */
static void attack_cancel(const char *talk)
{
    char path[160];
    struct tc_reply r;

    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", talk);
    account_ask(&attack.account, "GET", path, NULL, &r);
    const json_t *items = json_object_get(r.json, "items");
    const json_t *last = json_array_get(items, json_array_size(items) - 1);
    const char *turn = json_string_value(json_object_get(last, "turn_id"));
    snprintf(path, sizeof(path), "/api/v1/turns/%s/cancel", turn ? turn : "none");
    tc_reply_free(&r);
    account_ask(&attack.account, "POST", path, NULL, &r);
    tc_reply_free(&r);
}

void attack_end(void)
{
    char path[160];
    struct tc_reply r;

    atomic_store(&attack.over, true);
    pthread_join(attack.threads[0], NULL);
    pthread_join(attack.threads[1], NULL);
    connections_close(attack.open, OPEN);
    connections_close(attack.watches, WATCHES);
    connections_close(attack.uploads, UPLOADS);
    for (int i = 0; i < TALKS; i++)
        attack_cancel(attack.talks[i]);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "/api/v1/bots/%s", i ? attack.heavy_bot : attack.slow_bot);
        account_ask(&attack.account, "DELETE", path, NULL, &r);
        tc_reply_free(&r);
    }
    account_close(&attack.account);
}
