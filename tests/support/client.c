/* Requests on one libcurl handle, and server-sent events read from a reply. */
#include "client.h"

#include "base/clock.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t on_bytes(char *p, size_t size, size_t n, void *buf)
{
    cs_buf_add(buf, p, size * n);
    return size * n;
}

void tc_init(struct tc *c, const char *base_url)
{
    *c = (struct tc){.easy = curl_easy_init(), .base_url = base_url};
    if (!c->easy)
        abort();
}

void tc_free(struct tc *c)
{
    curl_easy_cleanup(c->easy);
}

static struct curl_slist *header_list(const struct tc_request *req)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    char auth[4096];

    if (req->token) {
        snprintf(auth, sizeof(auth), "Authorization: Bearer %s", req->token);
        list = curl_slist_append(list, auth);
    }
    if (req->body && !req->headers)
        list = curl_slist_append(list, "Content-Type: application/json");
    for (const char *const *h = req->headers; h && *h; h++)
        list = curl_slist_append(list, *h);
    return list;
}

static curl_mime *file_part(CURL *e, const struct tc_request *req)
{
    curl_mime *mime = curl_mime_init(e);
    curl_mimepart *part = curl_mime_addpart(mime);

    curl_mime_name(part, "file");
    curl_mime_filedata(part, req->file);
    if (req->file_type)
        curl_mime_type(part, req->file_type);
    if (req->file_name)
        curl_mime_filename(part, req->file_name);
    return mime;
}

static int on_connected(void *hesitate_ms, char *to, char *from, int to_port, int from_port)
{
    (void)to, (void)from, (void)to_port, (void)from_port;
    cs_sleep_ms(*(int *)hesitate_ms);
    return CURL_PREREQFUNC_OK;
}

static void hesitate(struct tc *c)
{
    curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(c->easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(c->easy, CURLOPT_PREREQDATA, &c->hesitate_ms);
}

static CURLcode perform_once(struct tc *c, const char *path)
{
    CS_BUF_AUTO struct cs_buf url = {0};

    cs_buf_addf(&url, "%s%s", *path == '/' ? c->base_url : "", path);
    curl_easy_setopt(c->easy, CURLOPT_URL, url.data);
    return curl_easy_perform(c->easy);
}

static CURLcode perform(struct tc *c, const char *path)
{
    CURLcode rc = perform_once(c, path);

    if (rc == CURLE_COULDNT_CONNECT && c->other_url) {
        const char *refused = c->base_url;
        c->base_url = c->other_url;
        c->other_url = refused;
        rc = perform_once(c, path);
    }
    return rc;
}

void tc_do(struct tc *c, const struct tc_request *req, struct tc_reply *ret)
{
    CURL *e = c->easy;
    struct curl_slist *headers = header_list(req);
    curl_mime *mime = NULL;
    CURLcode rc;

    *ret = (struct tc_reply){0};
    curl_easy_reset(e);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, req->timeout_ms ? req->timeout_ms : 60000L);
    if (req->leave_ms)
        curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, req->leave_ms);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, ret->error);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, &ret->body);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_bytes);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, &ret->headers);
    if (req->file) {
        mime = file_part(e, req);
        curl_easy_setopt(e, CURLOPT_MIMEPOST, mime);
    } else if (req->body) {
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->body);
    } else if (strcmp(req->method, "POST") == 0 || strcmp(req->method, "PUT") == 0) {
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, "");
    }
    if (strcmp(req->method, "HEAD") == 0)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
    if (c->hesitate_ms)
        hesitate(c);
    rc = perform(c, req->path);
    if (rc == CURLE_OK || (req->leave_ms && rc == CURLE_OPERATION_TIMEDOUT))
        curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &ret->status);
    curl_easy_getinfo(e, CURLINFO_TOTAL_TIME, &ret->seconds);
    cs_buf_add(&ret->body, "", 0);
    cs_buf_add(&ret->headers, "", 0);
    ret->json = json_loadb(ret->body.data, ret->body.len, JSON_DECODE_ANY, NULL);
    curl_mime_free(mime);
    curl_slist_free_all(headers);
}

void tc_reply_free(struct tc_reply *r)
{
    cs_buf_free(&r->headers);
    cs_buf_free(&r->body);
    json_decref(r->json);
    r->json = NULL;
}

void tc_header(const struct tc_reply *r, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);

    out[0] = '\0';
    for (const char *at = r->headers.data; at && *at;) {
        const char *end = strstr(at, "\r\n");
        if (!end)
            return;
        if (strncasecmp(at, name, n) == 0 && at[n] == ':') {
            at += n + 1;
            at += strspn(at, " ");
            snprintf(out, size, "%.*s", (int)(end - at), at);
            return;
        }
        at = end + 2;
    }
}

json_t *tc_json(struct tc *c, const char *method, const char *path, const char *token,
                const char *body, struct tc_reply *r)
{
    struct tc_request req = {.method = method, .path = path, .token = token, .body = body};

    req.body_len = body ? strlen(body) : 0;
    tc_do(c, &req, r);
    return r->json;
}

char *tc_register(struct tc *c, const char *prefix)
{
    char id[CS_ID_SIZE], body[512], *token = NULL;
    struct tc_reply r;

    cs_id_new(id);
    snprintf(body, sizeof(body),
             "{\"username\":\"%s-%s\",\"email\":\"%s-%s@example.org\",\"password\":\"correct "
             "horse battery\"}",
             prefix, id + 24, prefix, id + 24);
    tc_json(c, "POST", "/api/v1/auth/register", NULL, body, &r);
    if (r.status == 201)
        token = strdup(json_string_value(json_object_get(r.json, "access_token")));
    else
        fprintf(stderr, "register: %ld %s %s\n", r.status, r.body.data, r.error);
    tc_reply_free(&r);
    return token;
}

static void set_line(struct tc_event *e, const char *line, size_t n)
{
    static const char *const names[] = {"id: ", "event: ", "data: "};
    char **fields[] = {&e->id, &e->event, &e->data};

    for (int i = 0; i < 3; i++) {
        size_t len = strlen(names[i]);
        if (n >= len && strncmp(line, names[i], len) == 0) {
            free(*fields[i]);
            *fields[i] = strndup(line + len, n - len);
        }
    }
}

bool tc_event_next(const char **at, struct tc_event *ret)
{
    *ret = (struct tc_event){0};
    while (**at) {
        size_t n = strcspn(*at, "\r\n");
        const char *line = *at;
        *at += n;
        *at += **at == '\r' && (*at)[1] == '\n' ? 2 : **at != '\0';
        if (n > 0)
            set_line(ret, line, n);
        else if (ret->data)
            return true;
    }
    tc_event_free(ret);
    return false;
}

void tc_event_free(struct tc_event *e)
{
    free(e->id);
    free(e->event);
    free(e->data);
    *e = (struct tc_event){0};
}
