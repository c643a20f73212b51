/*
 * test-provider: a model provider for tests and the bench, in the wire formats of OpenAI, Anthropic, Gemini,
 * Ollama and, for vectors, Cohere, faults included (behaviour.h). Loopback only, one thread, no state but the last request.
 *
 *     test-provider <port>     0: any; the port is printed as the first line
 *
 *   POST /v1/chat/completions, whole and streamed; POST /v1/embeddings
 *   POST /v1/messages as Anthropic, /v1beta/models/<model>:generateContent and :streamGenerateContent as Gemini,
 *   /api/chat as Ollama
 *   POST /v1beta/models/<model>:batchEmbedContents as Gemini, /api/embed as Ollama, /v2/embed as Cohere
 *   POST /mcp, /mcp-modern; /echo...: servers for tools (mcp.h)
 *   GET /v1/models, /v1beta/models, /api/tags: two models
 *   GET /last                the last request: {"headers": {...}, "body": ..., "count": N, "open": N}
 */
#include "chat_wire.h"
#include "embed_wire.h"
#include "last.h"
#include "mcp.h"
#include "models.h"
#include "reply.h"
#include "wire.h"

#include "../support/loopback.h"

#include <stdio.h>
#include <string.h>

static const char *body_model(json_t *body)
{
    return json_string_value(json_object_get(body, "model"));
}

static const char *gemini_model(json_t *body)
{
    return body_model(json_array_get(json_object_get(body, "requests"), 0));
}

static const struct wire wires[] = {
    {"/v1/chat/completions", NULL, "authorization", body_model, openai_error, &chat_openai, NULL},
    {"/v1/messages", NULL, "x-api-key", body_model, anthropic_error, &chat_anthropic, NULL},
    {"/v1beta/models/", ":generateContent", "x-goog-api-key", NULL, gemini_error, &chat_gemini,
     NULL},
    {"/v1beta/models/", ":streamGenerateContent", "x-goog-api-key", NULL, gemini_error,
     &chat_gemini_stream, NULL},
    {"/api/chat", NULL, "authorization", body_model, ollama_error, &chat_ollama, NULL},
    {"/v1/embeddings", NULL, "authorization", body_model, openai_error, NULL, &embed_openai},
    {"/v1beta/models/", ":batchEmbedContents", "x-goog-api-key", gemini_model, openai_error, NULL,
     &embed_gemini},
    {"/api/embed", NULL, "authorization", body_model, openai_error, NULL, &embed_ollama},
    {"/v2/embed", NULL, "authorization", body_model, openai_error, NULL, &embed_cohere},
};

static const struct wire *wire_of(h2o_iovec_t path)
{
    for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
        const struct wire *w = &wires[i];
        size_t n = strlen(w->path), m = w->suffix ? strlen(w->suffix) : 0;
        if (m == 0 ? h2o_memis(path.base, path.len, w->path, n)
                   : path.len > n + m && memcmp(path.base, w->path, n) == 0 &&
                         memcmp(path.base + path.len - m, w->suffix, m) == 0)
            return w;
    }
    return NULL;
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    static const struct refusal nowhere = {404, "invalid_request_error", "no such path", NULL};
    const struct wire *wire = wire_of(req->path_normalized);

    (void)self;
    if (models_serve(req) || mcp_serve(req))
        return 0;
    if (wire)
        wire_serve(wire, req);
    else if (h2o_memis(req->path_normalized.base, req->path_normalized.len, H2O_STRLIT("/last")))
        reply_json(req, 200, last_show());
    else
        wire_refuse(&wires[0], req, nowhere);
    return 0;
}

int main(int argc, char **argv)
{
    static struct loopback server;

    if (argc != 2) {
        fprintf(stderr, "usage: test-provider <port>\n");
        return 2;
    }
    loopback_init(&server);
    server.conf.http1.req_timeout = 300 * 1000;
    return loopback_run(&server, argv[1], on_request);
}
