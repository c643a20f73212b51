/* Tools that ask a web server: an address of the allow list, or an operation that the bot's owner described. */
#include "chat/tool/tool.h"

#include "base/buf.h"
#include "bus/client.h"
#include "http/engine.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1 << 20 };

/* ---- the answer ---- */

static int http_refused(struct tool_run *run, const struct cs_http_reply *rep)
{
    struct cs_arena *a = run->turn->call->arena;

    if (rep->refused ||
        rep->unreachable) /* one text for all, so that it tells nothing of the network */
        return tool_fails(run, "The address cannot be reached, or is not allowed.");
    if (rep->status == 0)
        return tool_fails(run, cs_printf(a, "The server did not answer: %s.", rep->error));
    if (rep->status / 100 == 3)
        return tool_fails(
            run, cs_printf(a, "The server redirects (%d), which is not followed.", rep->status));
    return tool_fails(run, cs_printf(a, "The server answered %d: %.*s", rep->status,
                                     (int)(rep->body_len < 2000 ? rep->body_len : 2000),
                                     rep->body ? rep->body : ""));
}

static int on_http_answer(struct cs_call *call, void *state, const struct cs_http_reply *rep)
{
    struct tool_run *run = state;

    (void)call;
    if (rep->status / 100 == 2 && rep->body_len > 0)
        tool_says(run, rep->body, rep->body_len);
    else if (rep->status / 100 == 2)
        tool_says(run, "The server answered without a text.", 35);
    else
        http_refused(run, rep);
    return tool_done(run);
}

static int http_ask(struct tool_run *run, const char *method, const char *body)
{
    static const char *const with_body[] = {
        "Content-Type: application/json", "Accept: application/json, text/plain, */*;q=0.5", NULL};
    struct cs_http_request req = {
        .method = method,
        .url = run->url,
        .headers = tool_headers(run->turn, run->tool->conf, with_body + (body ? 0 : 1)),
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .timeout_ms = run->timeout_ms,
        .max_body = BODY_MAX,
        .on_tick = tool_tick,
    };

    if (!req.headers)
        return tool_fails(run, "The headers of the tool are not stored. Its owner must set them.");
    int r = cs_http_then(run->turn->call, &req, on_http_answer, run);
    if (r == CS_LATER)
        return r;
    cs_ask_clear(run->turn->call); /* its share is used up; the model may go on without it */
    return tool_fails(run, "Too many requests of the workspace are under way.");
}

/* ---- http_get ---- */

/* host:port of the address, in lower case; NULL when it is none of http or https. */
static const char *url_place(struct cs_arena *a, const char *url, bool *ret_usual)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL, *given = NULL;
    char *place = NULL;

    if (u && curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        place = cs_printf(a, "%s:%s", host, port);
        curl_url_get(u, CURLUPART_PORT, &given, CURLU_NO_DEFAULT_PORT);
        *ret_usual = !given;
    }
    for (char *p = place; p && *p; p++)
        *p = (char)tolower((unsigned char)*p);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(given);
    curl_url_cleanup(u);
    return place;
}

/* An item without a port stands for the usual ones. */
static bool url_allowed(const struct cs_tool *tool, const char *place, bool usual)
{
    size_t n = (size_t)(strrchr(place, ':') - place);

    for (size_t i = 0; i < tool->n_allow; i++) {
        const char *item = tool->allow[i];
        if (strcmp(item, place) == 0 ||
            (usual && strlen(item) == n && strncmp(item, place, n) == 0))
            return true;
    }
    return false;
}

int tool_http_get(struct tool_run *run)
{
    const char *url = tool_argument(run, "url");
    bool usual = false;
    const char *place = url_place(run->turn->call->arena, url, &usual);

    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            place = NULL;
    if (!place)
        return tool_fails(run, "The url must be an http or https address without user and blanks.");
    if (!url_allowed(run->tool->conf, place, usual))
        return tool_fails(run, "The address is not on the allow list of the tool.");
    run->url = cs_strdup(run->turn->call->arena, url);
    return http_ask(run, "GET", NULL);
}

/* ---- operations ---- */

static const char *value_text(struct cs_arena *a, const json_t *value)
{
    char *json;
    const char *text;

    if (!value || json_is_null(value))
        return "";
    if (json_is_string(value))
        return json_string_value(value);
    json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    text = cs_strdup(a, json ? json : "");
    free(json);
    return text;
}

static void put_encoded(struct cs_buf *b, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            cs_buf_add(b, text, 1);
        else
            cs_buf_addf(b, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* A value must not be another place of the path than the one it stands at. */
static bool path_value_valid(const char *url, const char *open, const char *text)
{
    const char *query = strchr(url, '?');

    if (query && query < open)
        return true;
    return *text && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* The address with its arguments, which are taken out of the values; NULL with the name of one that is wrong. */
static const char *url_fill(struct tool_run *run, const char **ret_wrong)
{
    struct cs_arena *a = run->turn->call->arena;
    CS_BUF_AUTO struct cs_buf b = {0};
    const char *url = run->tool->conf->url, *at = url, *open;
    json_t *used = json_array();

    *ret_wrong = NULL;
    while (!*ret_wrong && (open = strchr(at, '{'))) {
        size_t n = strcspn(open + 1, "}");
        const char *name = cs_strndup(a, open + 1, n);
        const char *text = value_text(a, json_object_get(run->values, name));

        cs_buf_add(&b, at, (size_t)(open - at));
        put_encoded(&b, text);
        json_array_append_new(used, json_string(name));
        if (!path_value_valid(url, open, text))
            *ret_wrong = name;
        at = open + n + 2;
    }
    cs_buf_adds(&b, at);
    for (size_t i = 0; i < json_array_size(used); i++)
        json_object_del(run->values, json_string_value(json_array_get(used, i)));
    json_decref(used);
    return *ret_wrong ? NULL : cs_strdup(a, b.data);
}

/* The other arguments of a GET. */
static const char *url_with_query(struct tool_run *run, const char *url)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    char mark = strchr(url, '?') ? '&' : '?';
    const char *name;
    json_t *value;

    cs_buf_adds(&b, url);
    json_object_foreach(run->values, name, value) {
        cs_buf_add(&b, &mark, 1);
        put_encoded(&b, name);
        cs_buf_adds(&b, "=");
        put_encoded(&b, value_text(run->turn->call->arena, value));
        mark = '&';
    }
    return cs_strdup(run->turn->call->arena, b.data);
}

int tool_http(struct tool_run *run)
{
    struct cs_arena *a = run->turn->call->arena;
    const char *wrong, *method = run->tool->conf->method, *body;

    run->url = url_fill(run, &wrong);
    if (!run->url)
        return tool_fails(run, cs_printf(a, "The argument %s must not be empty, . or ..", wrong));
    if (strcmp(method, "GET") == 0) {
        run->url = url_with_query(run, run->url);
        return http_ask(run, method, NULL);
    }
    body = value_text(a, run->values);
    return http_ask(run, method, body);
}
