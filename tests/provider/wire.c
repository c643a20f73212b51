/* What all formats have in common before an answer begins: the key, the model and the faults. */
#include "wire.h"
#include "chat.h"
#include "embed.h"
#include "fault.h"
#include "last.h"
#include "play.h"
#include "reply.h"

#include <string.h>

void wire_refuse(const struct wire *wire, h2o_req_t *req, struct refusal refusal)
{
    reply_json(req, refusal.status, wire->error(&refusal));
}

bool wire_authorised(const struct wire *wire, h2o_req_t *req)
{
    static const char bearer[] = "Bearer ";
    ssize_t other = h2o_find_header(&req->headers, H2O_TOKEN_AUTHORIZATION, -1);
    ssize_t i = h2o_find_header_by_str(&req->headers, wire->key, strlen(wire->key), -1);
    const char *key;
    size_t len;

    if (i < 0 || (other >= 0 && other != i))
        return false;
    key = req->headers.entries[i].value.base;
    len = req->headers.entries[i].value.len;
    if (i == other) {
        if (len < strlen(bearer) || memcmp(key, bearer, strlen(bearer)) != 0)
            return false;
        key += strlen(bearer);
        len -= strlen(bearer);
    }
    return len > 0 && !h2o_memis(key, len, H2O_STRLIT("sk-wrong"));
}

static const char *wire_model(const struct wire *wire, h2o_req_t *req, json_t *body)
{
    size_t n = strlen(wire->path);

    if (wire->model)
        return wire->model(body);
    return h2o_strdup(&req->pool, req->path_normalized.base + n,
                      req->path_normalized.len - n - strlen(wire->suffix))
        .base;
}

void wire_serve(const struct wire *wire, h2o_req_t *req)
{
    json_t *body = json_loadb(req->entity.base, req->entity.len, 0, NULL);
    const char *model = wire_model(wire, req, body);
    struct behaviour b;

    last_keep(req, body);
    behaviour_parse(model ? model : "", &b);
    if (!wire_authorised(wire, req))
        wire_refuse(
            wire, req,
            (struct refusal){401, "invalid_request_error", "Incorrect API key provided", NULL});
    else if (!model)
        wire_refuse(wire, req,
                    (struct refusal){400, "invalid_request_error", "model is required", NULL});
    else if (!play_serve(wire, req, model) && !fault_serve(wire, req, model, &b))
        (wire->chat ? chat_serve : embed_serve)(wire, req, body, model, &b);
    json_decref(body);
}
