/* The headers of each kind of page, and the policy of the chat page, which its bot decides. */
#include "edge/site.h"

#include "edge/answer.h"
#include "edge/ask.h"
#include "edge/local.h"

#include "chatsphere/v1/bot_store.pb-c.h"
#include "chatsphere/v1/names.h"

#include <string.h>

#define POLICY(types_, ancestors_)                                                                 \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "        \
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "                   \
    "frame-ancestors " ancestors_ "; require-trusted-types-for 'script'; trusted-types " types_

static const char forever[] = "public, max-age=31536000, immutable";

static void file_answer(struct request *r, const struct page_file *f, const char *cache,
                        const char *vary)
{
    const struct page_body *body = pages_body(f, http_header(r->http, "accept-encoding"));
    bool unchanged = pages_unchanged(http_header(r->http, "if-none-match"), body->etag);

    http_set_header(r->http, "cache-control", cache);
    http_set_header(r->http, "etag", body->etag);
    http_set_header(r->http, "vary", vary);
    if (body != &f->body[PAGE_PLAIN])
        http_set_header(r->http, "content-encoding", body == &f->body[PAGE_BROTLI] ? "br" : "gzip");
    if (unchanged)
        answer_body(r, 304, NULL, NULL, 0);
    else
        answer_body(r, 200, f->type, body->data, body->len);
}

static const struct page_file *file_find(struct request *r, const char *path)
{
    return pages_find(&r->edge->shared->pages, path);
}

static void file_missing(struct request *r)
{
    answer_error(r, CS_NOT_FOUND,
                 r->edge->shared->pages.n
                     ? "The file does not exist."
                     : "The web pages are not built. The API works without them.");
}

static void file_serve(struct request *r, const char *cache)
{
    const struct page_file *f = file_find(r, r->http->path);

    if (f)
        file_answer(r, f, cache, "Accept-Encoding");
    else
        file_missing(r);
}

/* ---- pages ---- */

static void page_answer(struct request *r, const char *name, const char *policy)
{
    const struct page_file *f = file_find(r, name);
    const char *proto = http_header(r->http, "x-forwarded-proto");

    if (!f) {
        file_missing(r);
        return;
    }
    http_set_header(r->http, "content-security-policy", policy);
    http_set_header(r->http, "referrer-policy", "no-referrer");
    /* over http browsers ignore both, and report the first as an error */
    if (address_secure(&r->edge->shared->proxies, http_peer(r->http), proto)) {
        http_set_header(r->http, "cross-origin-opener-policy", "same-origin");
        http_set_header(r->http, "strict-transport-security", "max-age=15552000");
    }
    file_answer(r, f, "no-cache", "Accept, Accept-Encoding");
}

void site_fallback(struct request *r)
{
    page_answer(r, "/index.html", POLICY("vue", "'none'"));
}

void site_home(struct request *r)
{
    static const char addresses[] =
        "{\"name\":\"ChatSphere\",\"api\":\"/api/v1\",\"docs\":\"/api/docs\","
        "\"reference\":\"/api/redoc\","
        "\"openapi\":\"/api/openapi.json\",\"status\":\"/api/v1/status\"}";

    if (r->edge->shared->pages.n && pages_accepts(http_header(r->http, "accept"), "text/html")) {
        site_fallback(r);
        return;
    }
    http_set_header(r->http, "vary", "Accept, Origin");
    answer_body(r, 200, "application/json", addresses, sizeof(addresses) - 1);
}

bool site_page_wanted(const struct request *r)
{
    return (r->http->method == HTTP_GET || r->http->method == HTTP_HEAD) &&
           r->edge->shared->pages.n && pages_of_dashboard(r->http->path) &&
           pages_accepts(http_header(r->http, "accept"), "text/html");
}

/* The page itself says that a bot is unknown or private; no other page may hold it then. */
static void on_bot_known(void *user, const struct bridge_reply *reply)
{
    struct request *r = user;
    const char *ancestors = "'none'";

    if (reply->status == 0) {
        const ChatConfig *c = (const ChatConfig *)pbjson_unpack(
            r->http->arena, RPC_BOT_STORE_GET_CHAT_CONFIG->output, reply->data, reply->len);
        if (c)
            ancestors = pages_ancestors(r->http->arena, c->allowed_origins, c->n_allowed_origins);
    }
    page_answer(r, "/chat.html", cs_printf(r->http->arena, POLICY("'none'", "%s"), ancestors));
}

void site_chat(struct request *r)
{
    BotRequest *msg = BotRequest_new(r->http->arena);

    msg->bot_id = r->match.params[0].value;
    r->msg = &msg->base;
    r->call.done = on_bot_known;
    r->call.user = r;
    ask_service(r, &r->call, RPC_BOT_STORE_GET_CHAT_CONFIG, r->msg);
}

/* ---- files ---- */

void site_file(struct request *r)
{
    file_serve(r, "no-cache");
}

void site_asset(struct request *r)
{
    file_serve(r, forever);
}

void site_widget(struct request *r)
{
    http_set_header(r->http, "access-control-allow-origin", "*");
    http_set_header(r->http, "cross-origin-resource-policy", "cross-origin");
    file_serve(r, strcmp(r->http->path, "/widget.js") == 0 ? "public, max-age=300" : forever);
}
