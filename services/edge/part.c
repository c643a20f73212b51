/* The hash is verified first; then the pieces are sent, one after the other. */
#include "edge/part.h"

#include "edge/ask.h"
#include "edge/transcode.h"

#include "crypto/crypto.h"
#include "nats/wire.h"

#include <sodium.h>
#include <string.h>

enum { PART_MAX = 512 * 1024, SHA256_BYTES = 32 };

struct part {
    struct request *r;
    struct bridge_call call;
    size_t sent;
    char sha256[CS_SHA256_HEX];
};

static void part_send(struct part *p);

static void on_abandon(struct request *r)
{
    struct part *p = r->work;

    bridge_cancel(r->edge->bridge, &p->call, true);
}

/* sha-256=:base64: as Content-Digest has it among other hashes, or hexadecimal digits; false: neither */
static bool part_digest(struct http_request *http, char out[CS_SHA256_HEX], bool *ret_given)
{
    const char *coded = http_header(http, "content-digest"),
               *hex = http_header(http, "x-content-sha256");
    const char *at = coded ? strcasestr(coded, "sha-256=:") : NULL, *end;
    unsigned char bytes[SHA256_BYTES];
    size_t len;

    *ret_given = coded || hex;
    if (!coded && hex)
        return strlen(hex) == CS_SHA256_HEX - 1 && snprintf(out, CS_SHA256_HEX, "%s", hex) > 0;
    if (!at || sodium_base642bin(bytes, sizeof(bytes), at + 9, strcspn(at + 9, ":"), NULL, &len,
                                 &end, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    sodium_bin2hex(out, CS_SHA256_HEX, bytes, sizeof(bytes));
    return len == sizeof(bytes) && *end == ':';
}

/* Whether the bytes are those of the header, if there is one; false: the request was answered. */
static bool part_verify(struct part *p)
{
    struct request *r = p->r;
    char wanted[CS_SHA256_HEX];
    bool given, readable = part_digest(r->http, wanted, &given);

    cs_sha256_hex(p->sha256, r->http->body, r->http->body_len);
    if (given && !readable)
        answer_error(r, CS_INVALID,
                     "Content-Digest must hold sha-256=:base64:, X-Content-SHA256 64 hexadecimal "
                     "digits.");
    else if (given && strcasecmp(wanted, p->sha256) != 0)
        answer_error(r, CS_UNPROCESSABLE, "The part does not have the SHA-256 of its header.");
    else
        return true;
    return false;
}

static void on_sent(void *user, const struct bridge_reply *reply)
{
    struct part *p = user;
    struct request *r = p->r;
    UploadPart *part = (UploadPart *)ask_reply(r, RPC_INGEST_PUT_UPLOAD_PART, reply);

    if (!part)
        return;
    if (p->sent < r->http->body_len) {
        part_send(p);
        return;
    }
    UploadPart_set_bytes(part, (int32_t)r->http->body_len);
    part->sha256 = p->sha256;
    answer_message(r, r->route->status, &part->base);
}

static void part_send(struct part *p)
{
    struct http_request *http = p->r->http;
    PutUploadPartRequest *req = (PutUploadPartRequest *)p->r->msg;
    size_t left = http->body_len - p->sent, n = left < CS_MAX_PART ? left : CS_MAX_PART;

    PutUploadPartRequest_set_piece(req, p->sent > 0);
    PutUploadPartRequest_set_pieces(req, http->body_len > CS_MAX_PART ? 2 : 1);
    PutUploadPartRequest_set_data(req, http->body + p->sent, n);
    p->sent += n;
    p->call = (struct bridge_call){.done = on_sent, .user = p};
    ask_service(p->r, &p->call, RPC_INGEST_PUT_UPLOAD_PART, &req->base);
}

void part_begin(struct request *r)
{
    struct part *p = CS_NEW(r->http->arena, struct part, 1);

    p->r = r;
    if (r->http->body_len == 0)
        answer_error(r, CS_INVALID, "The body must be the bytes of the part.");
    else if (r->http->body_len > PART_MAX)
        answer_error(r, CS_TOO_LARGE, "A part may have at most 512 KiB.");
    else if (transcode_object(r, NULL) && part_verify(p)) {
        r->work = p;
        r->abandon = on_abandon;
        part_send(p);
    }
}
