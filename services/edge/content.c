/* One part is asked for when the one before it has left for the client. */
#include "edge/content.h"

#include "edge/ask.h"
#include "edge/disposition.h"
#include "edge/http/ledger.h"
#include "edge/welcome.h"

#include <string.h>

enum { PARTS_MAX = 4096 };

struct content {
    struct request *r;
    struct bridge_call call;
    ProtobufCMessage *req; /* of a method with `part` and `sha256` that returns Content */
    int32_t at;            /* the part that is asked for */
    struct cs_arena part;  /* of one part, so that memory does not grow with the file */
    int parts;
    int64_t left;
    uint64_t share; /* of the places for files */
    bool open, over;
};

static void on_content_part(void *user, const struct bridge_reply *reply);

static void content_close(struct request *r)
{
    struct content *c = r->work;

    if (c->over)
        return;
    c->over = true;
    ledger_leave(LEDGER_FILES, c->share);
    bridge_cancel(r->edge->bridge, &c->call, true);
    cs_arena_dispose(&c->part);
}

/* A field of the request by its name; the methods have it in places of their own. */
static void *content_field(const struct content *c, const char *name,
                           const ProtobufCFieldDescriptor **ret)
{
    *ret = protobuf_c_message_descriptor_get_field_by_name(c->req->descriptor, name);
    return (char *)c->req + (*ret)->offset;
}

static void content_ask(struct content *c)
{
    const ProtobufCFieldDescriptor *f;
    int32_t *part = content_field(c, "part", &f);

    *part = c->at;
    *(protobuf_c_boolean *)((char *)c->req + f->quantifier_offset) = true;
    c->call.done = on_content_part;
    c->call.user = c;
    c->call.rpc = c->r->match.route->rpc;
    c->call.data = pbjson_pack(&c->part, c->req, &c->call.len);
    ask_send(c->r, &c->call);
}

static void on_content_drained(void *user)
{
    struct content *c = ((struct request *)user)->work;

    if (c->over || c->call.open)
        return;
    content_ask(c);
}

static void content_open(struct content *c, const Content *first)
{
    struct http_request *http = c->r->http;

    c->open = true;
    c->parts = first->parts;
    c->left = first->bytes;
    char **sha256 = content_field(c, "sha256", &(const ProtobufCFieldDescriptor *){NULL});
    *sha256 = cs_strdup(http->arena, first->sha256); /* another version is not mixed in */
    http_set_header(http, "content-disposition", disposition_attachment(http->arena, first->name));
    http_set_header(http, "content-security-policy", "sandbox; default-src 'none'");
    answer_stream(c->r, 200);
    http_stream_open(http, 200, first->mime ? first->mime : "application/octet-stream", c->left,
                     on_content_drained);
}

static void content_end(struct content *c, bool whole)
{
    struct http_request *http = c->r->http;

    content_close(c->r);
    http_stream_end(http, whole);
}

static void content_fail(struct content *c, const struct bridge_reply *reply)
{
    struct request *r = c->r;
    Problem *p = problem_of_reply(r->http->arena, reply);

    if (c->open) {
        content_end(c, false);
        return;
    }
    content_close(r);
    answer_problem(r, p);
}

static void on_content_part(void *user, const struct bridge_reply *reply)
{
    struct content *c = user;
    const Content *part;

    cs_arena_reset(&c->part);
    part = reply->status ? NULL
                         : (const Content *)pbjson_unpack(&c->part, c->r->match.route->rpc->output,
                                                          reply->data, reply->len);
    if (!part || part->parts > PARTS_MAX || part->bytes < 0) {
        struct bridge_reply bad = {.status = CS_UPSTREAM};
        content_fail(c, reply->status ? reply : &bad);
        return;
    }
    if (!c->open)
        content_open(c, part);
    c->left -= (int64_t)part->data.len;
    if (c->r->http->method == HTTP_HEAD) {
        content_end(c, true);
        return;
    }
    bool fits = c->left >= 0 && (part->data.len == 0 ||
                                 http_stream_write(c->r->http, part->data.data, part->data.len));
    if (!fits || ++c->at >= c->parts)
        content_end(c, fits && c->left == 0);
}

void content_begin(struct request *r)
{
    struct content *c = CS_NEW(r->http->arena, struct content, 1);
    uint64_t share = welcome_share(&r->who, r->address);
    enum parked_verdict place = ledger_enter(LEDGER_FILES, share);

    if (place != PARKED_STAYS) {
        answer_error(r, place == PARKED_SHARE ? CS_LIMITED : CS_OVERLOADED,
                     place == PARKED_SHARE
                         ? "At most 32 files are sent to a workspace at a time. Retry the request."
                         : "Too many files are being sent. Retry the request.");
        return;
    }
    c->share = share;
    c->r = r;
    c->req = r->msg;
    cs_arena_init(&c->part);
    r->work = c;
    r->abandon = content_close;
    content_ask(c);
}
