/* A transfer's way: options, the start, bytes and the end, all on the engine's thread. */
#include "http/transfer.h"

#include "base/clock.h"
#include "http/guard.h"
#include "obs/metrics.h"
#include "obs/span.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CONNECT_MS = 5000,
    STREAM_BUFFER = 4096, /* pieces of a stream are small, and there may be thousands */
};

static struct {
    CURLM *multi;
    const char *allow;
    struct cs_metric *seconds, *refusals;
} transfers;

void cs_transfer_init(CURLM *multi, const char *allow)
{
    transfers.multi = multi;
    transfers.allow = allow;
    transfers.seconds = cs_histogram("cs_egress_seconds", NULL, "Outgoing HTTP requests");
    transfers.refusals =
        cs_counter("cs_egress_refused_total", NULL, "Requests the SSRF guard refused");
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    long status = 0;

    t->heard_ms = cs_mono_ms();
    if (len > t->req.max_body - t->body.len) {
        t->too_large = true;
        return 0;
    }
    if (t->req.on_data)
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2) {
        cs_buf_add(&t->body, data, len);
        return len;
    }
    t->req.max_body -= len;
    t->req.on_data(t->group->state, data, len);
    return len;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
    struct transfer *t = arg;

    if (purpose != CURLSOCKTYPE_IPCXN || !cs_guard_allows(transfers.allow, t->host, &addr->addr)) {
        t->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
}

static char *host_of(const char *url)
{
    CURLU *u = curl_url();
    char *part = NULL, *host = NULL;

    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
        host = strdup(part);
        curl_free(part);
    }
    curl_url_cleanup(u);
    return host;
}

static bool set_headers(struct transfer *t)
{
    t->headers = curl_slist_append(NULL, "Expect:"); /* nobody waits for 100 Continue */
    for (const char *const *h = t->req.headers; h && *h; h++) {
        if (strpbrk(*h, "\r\n"))
            return false;
        t->headers = curl_slist_append(t->headers, *h);
    }
    return true;
}

static void set_options(struct transfer *t, int64_t timeout_ms)
{
    CURL *e = t->easy;

    curl_easy_setopt(e, CURLOPT_URL, t->req.url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_PROXY, ""); /* the guard must see the address itself */
    curl_easy_setopt(e, CURLOPT_USERAGENT, "ChatSphere");
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    if (t->req.on_data)
        curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)STREAM_BUFFER);
    if (strcmp(t->req.method, "POST") == 0) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->req.body ? t->req.body : "");
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->req.body_len);
    }
}

static void end_span(struct transfer *t)
{
    if (t->status)
        cs_span_status(t->span, "http.response.status_code", t->status, CS_INVALID);
    else
        cs_span_fail(t->span, t->error);
    cs_span_end(t->span);
    t->span = NULL;
}

/* its group goes on when this was the last; t is gone then */
static void transfer_done(struct transfer *t)
{
    struct group *g = t->group;

    end_span(t);
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    free(t->host);
    t->host = NULL;
    if (--g->pending == 0)
        cs_call_resume(g->call, cs_group_resumed, g);
}

void cs_transfer_fail(struct transfer *t, const char *error)
{
    t->status = 0;
    t->error = error;
    if (t->easy)
        curl_multi_remove_handle(transfers.multi, t->easy);
    transfer_done(t);
}

const char *cs_transfer_start(struct transfer *t)
{
    int64_t left = t->deadline_ms - cs_mono_ms();

    if (left <= 0)
        return "timed out";
    if (!(t->host = host_of(t->req.url)))
        return "malformed URL";
    if (!set_headers(t))
        return "malformed header";
    t->easy = curl_easy_init();
    if (!t->easy)
        abort();
    t->began_us = cs_mono_us();
    t->heard_ms = t->began_us / 1000;
    /* not the address: it may hold what nobody else may see */
    t->span = cs_span_child(CS_SPAN_CLIENT, t->group->call->traceparent);
    cs_span_name(t->span, "%s", t->req.method);
    cs_span_text(t->span, "http.request.method", t->req.method);
    cs_span_text(t->span, "server.address", t->host);
    set_options(t, left);
    if (curl_multi_add_handle(transfers.multi, t->easy) == CURLM_OK)
        return NULL;
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    return "could not start";
}

static int64_t retry_after(CURL *easy)
{
    struct curl_header *h;
    curl_off_t seconds = 0;

    if (curl_easy_header(easy, "retry-after-ms", 0, CURLH_HEADER, -1, &h) == CURLHE_OK) {
        long long ms = strtoll(h->value, NULL, 10);
        if (ms > 0 && ms < 86400000)
            return ms;
    }
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 86400 ? 86400000 : (int64_t)seconds * 1000;
}

static const char *why_failed(const struct transfer *t, CURLcode code)
{
    if (t->too_large)
        return "the answer is too large";
    if (t->refused)
        return "the address is not allowed";
    return curl_easy_strerror(code);
}

void cs_transfer_end(struct transfer *t, CURLcode code)
{
    long status = 0;

    cs_metric_observe_us(transfers.seconds, cs_mono_us() - t->began_us);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->retry_after_ms = retry_after(t->easy);
    t->status = code == CURLE_OK ? (int)status : 0;
    t->refused = t->refused && t->status == 0 && code == CURLE_COULDNT_CONNECT;
    if (t->refused)
        cs_metric_add(transfers.refusals, 1);
    if (code != CURLE_OK)
        t->error = why_failed(t, code);
    curl_multi_remove_handle(transfers.multi, t->easy);
    transfer_done(t);
}
