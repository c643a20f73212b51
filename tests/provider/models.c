/* Two models, below the members that each format has for them. Two formats have one path, and tell by the key. */
#include "models.h"
#include "reply.h"
#include "wire.h"

#include <string.h>

static const struct {
    struct wire wire; /* of which the path, the key and the errors */
    const char *list, *name, *folder;
} lists[] = {
    {{.path = "/v1/models", .key = "x-api-key", .error = anthropic_error}, "data", "id", ""},
    {{.path = "/v1/models", .key = "authorization", .error = openai_error}, "data", "id", ""},
    {{.path = "/v1beta/models", .key = "x-goog-api-key", .error = gemini_error},
     "models",
     "name",
     "models/"},
    {{.path = "/api/tags", .key = "authorization", .error = ollama_error}, "models", "name", ""},
};

bool models_serve(h2o_req_t *req)
{
    static const struct refusal wrong = {
        401, "invalid_request_error", "Incorrect API key provided: sk-live-0123456789abcdef", NULL};
    const size_t n = sizeof(lists) / sizeof(lists[0]);
    size_t i = 0;

    if (!h2o_memis(req->method.base, req->method.len, H2O_STRLIT("GET")))
        return false;
    while (i < n && (!h2o_memis(req->path_normalized.base, req->path_normalized.len,
                                lists[i].wire.path, strlen(lists[i].wire.path)) ||
                     (i + 1 < n && strcmp(lists[i].wire.path, lists[i + 1].wire.path) == 0 &&
                      h2o_find_header_by_str(&req->headers, lists[i].wire.key,
                                             strlen(lists[i].wire.key), -1) < 0)))
        i++;
    if (i == n)
        return false;
    if (!wire_authorised(&lists[i].wire, req)) {
        wire_refuse(&lists[i].wire, req, wrong);
        return true;
    }
    reply_json(req, 200,
               json_pack("{s:[{s:s+},{s:s+}]}", lists[i].list, lists[i].name, lists[i].folder,
                         "small", lists[i].name, lists[i].folder, "large"));
    return true;
}
