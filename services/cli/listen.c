/*
 * `chatsphere webhooks listen`: a workspace's events sent to a local address as webhooks, while a receiver is developed. It
 * reads the stream of events of the API, so nothing has to be reachable from the platform.
 */
#include "cli/cli.h"

#include "base/clock.h"
#include "cli/options.h"
#include "crypto/crypto.h"
#include "crypto/webhook.h"
#include "http/sse_parse.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_MAX = 1 << 20, SEND_MS = 15 * 1000, PAUSE_MS = 2000, MAX_URL = 2048, MAX_ID = 64 };

static const struct cs_env settings[] = {
    {.name = "API_KEY",
     .kind = CS_ENV_SECRET,
     .required = true,
     .help = "API key with the scope events:read, or an access token"},
    {0},
};

struct listening {
    const char *to, *secret;
    char last[MAX_ID]; /* id of the last event that was sent */
    long left;         /* events until the end; -1: no end */
    struct cs_sse sse;
};

static size_t answer_ignore(char *data, size_t size, size_t n, void *state)
{
    (void)data, (void)state;
    return size * n;
}

/* The receiver's status; 0 with a message. */
static long webhook_post(const struct listening *l, const struct cs_sse_event *e)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = NULL;
    char error[CURL_ERROR_SIZE] = "";
    struct cs_arena a;
    long status = 0;
    int64_t at = cs_now_ms() / 1000;

    if (!curl)
        return 0;
    cs_arena_init(&a);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, cs_printf(&a, "webhook-id: %s", e->id));
    headers = curl_slist_append(headers, cs_printf(&a, "webhook-timestamp: %lld", (long long)at));
    headers = curl_slist_append(
        headers, cs_printf(&a, "webhook-signature: %s",
                           cs_webhook_sign(&a, l->secret, e->id, at, e->data, e->data_len)));
    curl_easy_setopt(curl, CURLOPT_URL, l->to);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, e->data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)e->data_len);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)SEND_MS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_ignore);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        fprintf(stderr, "%s: %s\n", l->to, error);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    cs_arena_dispose(&a);
    return status;
}

static void listen_on_event(void *state, const struct cs_sse_event *e)
{
    struct listening *l = state;
    json_t *event = json_loadb(e->data, e->data_len, 0, NULL);
    const char *type = json_string_value(json_object_get(event, "type"));

    if (type && *e->id && !e->cut && l->left != 0) {
        long status = webhook_post(l, e);
        printf("%s  %s  %ld\n", e->id, type, status);
        snprintf(l->last, sizeof(l->last), "%s", e->id);
        if (l->left > 0)
            l->left--;
    }
    json_decref(event);
}

static size_t listen_on_data(char *data, size_t size, size_t n, void *state)
{
    struct listening *l = state;

    if (!cs_sse_feed(&l->sse, data, size * n))
        fprintf(stderr, "an event is larger than %d bytes\n", EVENT_MAX);
    return l->left == 0 || l->sse.too_large ? 0 : size * n;
}

/* One connection to the stream, until it ends. The status, or 0 with a message. */
static long stream_read(struct listening *l, const char *url, const char *key)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = NULL;
    char error[CURL_ERROR_SIZE] = "", line[MAX_URL];
    long status = 0;

    if (!curl)
        return 0;
    snprintf(line, sizeof(line), "Authorization: Bearer %s", key);
    headers = curl_slist_append(headers, line);
    explicit_bzero(line, sizeof(line));
    snprintf(line, sizeof(line), "Last-Event-ID: %s", l->last);
    if (*l->last)
        headers = curl_slist_append(headers, line);
    cs_sse_init(&l->sse, EVENT_MAX, listen_on_event, l);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L); /* a comment comes each 15 s */
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, listen_on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, l);
    if (curl_easy_perform(curl) != CURLE_OK && l->left != 0)
        fprintf(stderr, "%s: %s\n", url, error);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    cs_sse_free(&l->sse);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

/* Connects again until all events have come; a refusal ends it. */
static int listen_run(struct listening *l, const char *url)
{
    while (l->left != 0) {
        long status = stream_read(l, url, cs_env("API_KEY"));
        if (status >= 400 && status < 500 && status != 429)
            return CLI_FAILED;
        if (l->left != 0)
            cs_sleep_ms(PAUSE_MS);
    }
    return CLI_DONE;
}

CLI_COMMAND(cli_webhooks_listen)
{
    struct listening l = {.left = -1};
    const char *url = "http://localhost:8080", *types = NULL, *count = NULL;
    const struct cli_option options[] = {
        {"--to", "<URL>", "address of the receiver", true, &l.to},
        {"--url", "<URL>", "address of the platform [http://localhost:8080]", false, &url},
        {"--types", "<list>", "types of events, separated by commas; else all", false, &types},
        {"--secret", "<whsec_...>", "secret of the signatures; else a new one, which is printed",
         false, &l.secret},
        {"--count", "<number>", "end after so many events", false, &count},
        {0},
    };
    char stream[MAX_URL], *end = NULL;
    struct cs_arena a;

    if (!cli_options(command, argc, argv, options, NULL, settings) || cs_crypto_init() < 0)
        return CLI_USAGE;
    if (count && ((l.left = strtol(count, &end, 10)) < 1 || *end)) {
        fprintf(stderr, "chatsphere %s: --count must be a number from 1 on\n", command->name);
        return CLI_USAGE;
    }
    cs_arena_init(&a);
    if (!l.secret)
        l.secret = cs_webhook_secret_new(&a);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int status = CLI_USAGE;
    if (!cs_webhook_sign(&a, l.secret, "", 0, "", 0)) {
        fprintf(stderr, "chatsphere %s: --secret must be whsec_ and base64\n", command->name);
    } else {
        printf("the events of the workspace go to %s, signed with %s\n", l.to, l.secret);
        snprintf(stream, sizeof(stream), "%s/api/v1/events%s%s", url, types ? "?types=" : "",
                 types ? types : "");
        status = listen_run(&l, stream);
    }
    cs_arena_dispose(&a);
    return status;
}
