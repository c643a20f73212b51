/* A transfer's way: options, the start, bytes and the end, all on the engine's thread. */
#include "http/transfer.h"

#include "base/clock.h"
#include "http/guard.h"
#include "http/names.h"
#include "http/share.h"
#include "obs/metrics.h"
#include "obs/span.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CONNECT_MS = 5000,
    STREAM_BUFFER = 4096, /* pieces of a stream are small, and there may be thousands */
    HEADERS_MAX = 64 * 1024,
    NAME_WAIT_MS = 20, /* until the next attempt to begin a look-up */
    NAME_WAIT_MAX_MS = 10 * 1000,
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

/* False when that is more than the share of the tenant. */
static bool transfer_hold(struct transfer *t, size_t bytes)
{
    size_t had = t->held;

    t->held = bytes;
    t->limited = !cs_share_bytes(t->group->share, had, bytes);
    return !t->limited;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    long status = 0;

    t->heard_ms = cs_mono_ms();
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2) { /* the beginning of such a body says what is wrong */
        size_t room = CS_HTTP_ERROR_BODY - t->body.len;

        t->cut = len > room;
        cs_buf_add(&t->body, data, t->cut ? room : len);
        return transfer_hold(t, t->body.len) && !t->cut ? len : 0;
    }
    if (len > t->req.max_body - t->body_bytes) {
        t->too_large = true;
        return 0;
    }
    t->body_bytes += len;
    if (t->req.on_data)
        return transfer_hold(t, t->req.on_data(t->group->state, data, len)) ? len : 0;
    cs_buf_add(&t->body, data, len);
    return transfer_hold(t, t->body.len) ? len : 0;
}

/* All lines in front of and behind the body, those of answers such as 100 too. */
static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;

    (void)data;
    t->header_bytes += size * n;
    t->too_large |= t->header_bytes > HEADERS_MAX;
    return t->too_large ? 0 : size * n;
}

/* The name has an address: a connection begins, or one is used again. */
static void transfer_named(struct transfer *t)
{
    cs_name_resolved(t->lookup, cs_mono_ms());
    t->lookup = NULL;
}

static int on_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    struct transfer *t = arg;

    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    t->connected = true;
    transfer_named(t);
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
    struct transfer *t = arg;

    transfer_named(t);
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
        for (char *c = host; c && *c; c++)
            *c = (char)tolower((unsigned char)*c);
        curl_free(part);
    }
    curl_url_cleanup(u);
    return host;
}

static bool transfer_headers(struct transfer *t)
{
    t->headers = curl_slist_append(NULL, "Expect:"); /* nobody waits for 100 Continue */
    for (const char *const *h = t->req.headers; h && *h; h++) {
        if (strpbrk(*h, "\r\n"))
            return false;
        t->headers = curl_slist_append(t->headers, *h);
    }
    return true;
}

static void transfer_options(struct transfer *t, int64_t timeout_ms)
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
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* no wait for the thread that resolves a name */
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, (long)CS_NAMES_CACHE_S);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    if (t->req.decode)
        curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "identity");
    if (t->req.on_data)
        curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)STREAM_BUFFER);
    if (strcmp(t->req.method, "GET") != 0) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, t->req.method);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->req.body ? t->req.body : "");
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->req.body_len);
    }
}

/* its group goes on when this was the last; t is gone then */
static void transfer_done(struct transfer *t)
{
    struct group *g = t->group;

    if (t->status)
        cs_span_status(t->span, "http.response.status_code", t->status, CS_INVALID);
    else
        cs_span_fail(t->span, t->error);
    cs_span_end(t->span);
    t->span = NULL;
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    free(t->host);
    t->host = NULL;
    cs_name_left(t->lookup, cs_mono_ms());
    t->lookup = NULL;
    if (--g->pending == 0)
        cs_group_end(g);
}

void cs_transfer_fail(struct transfer *t, const char *error)
{
    t->status = 0;
    t->error = error;
    if (t->easy)
        curl_multi_remove_handle(transfers.multi, t->easy);
    transfer_done(t);
}

/* NULL when the host may be connected to, or the start is put off; else the reason why not. */
static const char *transfer_name(struct transfer *t, int64_t now)
{
    if (!t->host && !(t->host = host_of(t->req.url)))
        return "malformed URL";
    switch (cs_name_begin(t->group->share, t->host, now, &t->lookup)) {
    case CS_NAME_FAILED: t->unreachable = true; return "the name was not resolved a moment ago";
    case CS_NAME_WAIT: t->start_ms = now + NAME_WAIT_MS; break;
    default: return NULL;
    }
    t->unreachable = now - t->due_ms >= NAME_WAIT_MAX_MS;
    return t->unreachable ? "too many other names are being resolved" : NULL;
}

const char *cs_transfer_start(struct transfer *t)
{
    int64_t now = cs_mono_ms(), left = t->deadline_ms - now;
    const char *error;

    if (left <= 0)
        return "timed out";
    if ((error = transfer_name(t, now)) || t->start_ms > now)
        return error;
    if (!transfer_headers(t))
        return "malformed header";
    t->easy = curl_easy_init();
    if (!t->easy)
        abort();
    t->began_us = cs_mono_us();
    t->heard_ms = t->began_us / 1000;
    /* not the address: it may hold what nobody else may see */
    t->span = t->group->call ? cs_span_child(CS_SPAN_CLIENT, t->group->call->traceparent) : NULL;
    cs_span_name(t->span, "%s", t->req.method);
    cs_span_text(t->span, "http.request.method", t->req.method);
    cs_span_text(t->span, "server.address", t->host);
    transfer_options(t, left);
    if (curl_multi_add_handle(transfers.multi, t->easy) == CURLM_OK)
        return NULL;
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    return "could not start";
}

static int64_t transfer_retry_after(CURL *easy)
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

/* The headers that are wanted of the last answer. */
static void transfer_headers_got(struct transfer *t)
{
    struct curl_header *h;

    for (size_t i = 0; t->req.wanted && i < CS_HTTP_WANTED && t->req.wanted[i]; i++)
        if (curl_easy_header(t->easy, t->req.wanted[i], 0, CURLH_HEADER, -1, &h) == CURLHE_OK &&
            curl_easy_header(t->easy, t->req.wanted[i], h->amount - 1, CURLH_HEADER, -1, &h) ==
                CURLHE_OK &&
            !(t->headers_got[i] = strdup(h->value)))
            abort();
}

/* A request without an answer: what that says about its host. */
static void transfer_judge(struct transfer *t, CURLcode code)
{
    bool silent = code == CURLE_OPERATION_TIMEDOUT;

    t->error = t->too_large ? "the answer is too large"
               : t->limited ? "the workspace has too many answers under way"
               : t->refused ? "the address is not allowed"
                            : curl_easy_strerror(code);
    t->refused = t->refused && code == CURLE_COULDNT_CONNECT;
    t->garbled = code == CURLE_BAD_CONTENT_ENCODING;
    t->unreachable = !t->connected && (silent || code == CURLE_COULDNT_CONNECT ||
                                       code == CURLE_COULDNT_RESOLVE_HOST);
    if (t->refused)
        cs_metric_add(transfers.refusals, 1);
    if (!silent && code != CURLE_COULDNT_RESOLVE_HOST)
        return;
    cs_name_failed(t->lookup, cs_mono_ms(), silent);
    t->lookup = NULL;
}

void cs_transfer_end(struct transfer *t, CURLcode code)
{
    long status = 0;

    cs_metric_observe_us(transfers.seconds, cs_mono_us() - t->began_us);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->retry_after_ms = transfer_retry_after(t->easy);
    transfer_headers_got(t);
    if (code == CURLE_OK || (t->cut && !t->limited))
        t->status = (int)status;
    else
        transfer_judge(t, code);
    curl_multi_remove_handle(transfers.multi, t->easy);
    transfer_done(t);
}
