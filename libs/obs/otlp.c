/* The exporter's thread: batches of spans from the ring, posted by libcurl. */
#include "obs/otlp.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "obs/metrics.h"
#include "obs/ring.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVERY_MS = 1000, POST_MS = 2000, STOP_MS = 2000, MAX_URL = 1024 };

static struct {
    atomic_bool on, stopping;
    int64_t until_ms;      /* once it stops: monotonic */
    atomic_size_t waiting; /* in the ring; about */
    struct cs_ring ring;
    pthread_t thread;
    int wake; /* an eventfd */
    const char *service;
    char instance[CS_ID_SIZE], url[MAX_URL];
    CURL *easy;
    struct curl_slist *headers;
    bool failing;
    struct cs_metric *exported, *dropped;
} otlp;

bool cs_otlp_on(void)
{
    return atomic_load_explicit(&otlp.on, memory_order_relaxed);
}

static void exporter_wake(void)
{
    uint64_t one = 1;
    ssize_t n = write(otlp.wake, &one, sizeof(one));

    (void)n; /* full: it wakes anyway */
}

void cs_otlp_put(struct cs_span *s)
{
    if (!cs_otlp_on()) {
        free(s);
    } else if (!cs_ring_put(&otlp.ring, s)) {
        cs_metric_add(otlp.dropped, 1);
        free(s);
    } else if (atomic_fetch_add(&otlp.waiting, 1) == CS_OTLP_BATCH - 1) {
        exporter_wake();
    }
}

/* ---- the exporter's thread ---- */

static size_t response_ignore(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    (void)arg;
    return size * n;
}

/* NULL, or why it was not taken */
static const char *batch_post(const struct cs_buf *body, int64_t timeout_ms)
{
    long status = 0;
    CURLcode code;

    curl_easy_setopt(otlp.easy, CURLOPT_POSTFIELDS, body->data);
    curl_easy_setopt(otlp.easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    curl_easy_setopt(otlp.easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    code = curl_easy_perform(otlp.easy);
    if (code != CURLE_OK)
        return curl_easy_strerror(code);
    curl_easy_getinfo(otlp.easy, CURLINFO_RESPONSE_CODE, &status);
    return status / 100 == 2 ? NULL : cs_log_int(status);
}

/* one line when it begins to fail, one when it goes well again */
static void batch_note(const char *error, size_t n)
{
    cs_metric_add(error ? otlp.dropped : otlp.exported, (int64_t)n);
    if (error && !otlp.failing)
        cs_log(CS_WARN, "the collector does not accept traces", "error", error, NULL);
    else if (!error && otlp.failing)
        cs_log(CS_INFO, "the collector accepts traces again", NULL);
    otlp.failing = error != NULL;
}

/* Sends all that waits, or throws it away when there is no time left. */
static void send_all(void)
{
    struct cs_span *batch[CS_OTLP_BATCH];
    size_t n;

    for (;;) {
        CS_BUF_AUTO struct cs_buf body = {0};

        for (n = 0; n < CS_OTLP_BATCH && (batch[n] = cs_ring_take(&otlp.ring)); n++)
            ;
        if (n == 0)
            return;
        atomic_fetch_sub(&otlp.waiting, n);
        int64_t left = atomic_load(&otlp.stopping) ? otlp.until_ms - cs_mono_ms() : POST_MS;
        cs_otlp_write(&body, otlp.service, otlp.instance, batch, n);
        for (size_t i = 0; i < n; i++)
            free(batch[i]);
        batch_note(
            left > 0 ? batch_post(&body, left < POST_MS ? left : POST_MS) : "no time was left", n);
    }
}

static void *exporter_run(void *arg)
{
    (void)arg;
    while (!atomic_load(&otlp.stopping)) {
        struct pollfd p = {.fd = otlp.wake, .events = POLLIN};
        uint64_t count;
        if (poll(&p, 1, EVERY_MS) > 0 && read(otlp.wake, &count, sizeof(count)) < 0)
            continue;
        send_all();
    }
    send_all();
    return NULL;
}

/* ---- start and stop ---- */

static bool make_handle(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(otlp.easy = curl_easy_init()))
        return false;
    otlp.headers = curl_slist_append(NULL, "Content-Type: application/json");
    otlp.headers = curl_slist_append(otlp.headers, "Expect:");
    curl_easy_setopt(otlp.easy, CURLOPT_URL, otlp.url);
    curl_easy_setopt(otlp.easy, CURLOPT_HTTPHEADER, otlp.headers);
    curl_easy_setopt(otlp.easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(otlp.easy, CURLOPT_PROXY, "");
    curl_easy_setopt(otlp.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(otlp.easy, CURLOPT_USERAGENT, "ChatSphere");
    curl_easy_setopt(otlp.easy, CURLOPT_WRITEFUNCTION, response_ignore);
    return true;
}

int cs_otlp_start(const char *service, const char *url)
{
    size_t n;

    if (!url || !*url)
        return 0;
    for (n = strlen(url); n > 0 && url[n - 1] == '/'; n--)
        ;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        snprintf(otlp.url, sizeof(otlp.url), "%.*s/v1/traces", (int)n, url) >= MAX_URL) {
        cs_log(CS_ERROR, "CHATSPHERE_OTLP_URL must begin with http:// or https://", NULL);
        return -1;
    }
    otlp.service = service;
    cs_id_new(otlp.instance);
    otlp.exported = cs_counter("cs_spans_exported_total", NULL, "Spans the collector took");
    otlp.dropped = cs_counter("cs_spans_dropped_total", NULL, "Spans lost on their way");
    cs_ring_init(&otlp.ring);
    atomic_store(&otlp.stopping, false);
    otlp.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (otlp.wake < 0 || !make_handle() ||
        pthread_create(&otlp.thread, NULL, exporter_run, NULL) != 0) {
        cs_log(CS_ERROR, "cannot start the exporter of traces", NULL);
        return -1;
    }
    atomic_store(&otlp.on, true);
    return 0;
}

void cs_otlp_stop(void)
{
    if (!atomic_exchange(&otlp.on, false))
        return;
    otlp.until_ms = cs_mono_ms() + STOP_MS;
    atomic_store(&otlp.stopping, true);
    exporter_wake();
    pthread_join(otlp.thread, NULL);
    curl_easy_cleanup(otlp.easy);
    curl_slist_free_all(otlp.headers);
    curl_global_cleanup();
    close(otlp.wake);
}
