/* The ETag is a digest of the text, so that edges and restarts agree about it. */
#include "edge/kept.h"

#include "edge/answer.h"
#include "edge/pages.h"

#include "crypto/crypto.h"

static void fill_limits(const struct request *r, ChatConfig *c)
{
    int64_t minute, day;

    if (!c->limits || !limit_rates(r->edge->shared->limits, LIMIT_PUBLIC, &minute, &day))
        return;
    ChatLimits_set_per_minute(c->limits, minute);
    ChatLimits_set_per_day(c->limits, day);
}

void kept_answer(struct request *r, ProtobufCMessage *msg)
{
    char digest[CS_SHA256_HEX];
    size_t len = 0;
    const char *text, *tag;

    if (r->route->rpc == RPC_BOT_STORE_GET_CHAT_CONFIG)
        fill_limits(r, (ChatConfig *)msg);
    text = pbjson_text(r->http->arena, msg, &len);
    if (!text) {
        answer_error(r, CS_INTERNAL, NULL);
        return;
    }
    cs_sha256_hex(digest, text, len);
    tag = cs_printf(r->http->arena, "\"%.32s\"", digest);
    http_set_header(r->http, "etag", tag);
    http_set_header(r->http, "cache-control", "public, max-age=60");
    if (pages_unchanged(http_header(r->http, "if-none-match"), tag))
        answer_body(r, 304, NULL, NULL, 0);
    else
        answer_body(r, r->route->status, "application/json", text, len);
}
