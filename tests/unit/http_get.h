#pragma once
/* http_get: one staged request whose end the test waits for. */
#include "bus/background.h"
#include "http/engine.h"

static inline int http_get_done(struct cs_call *call, void *state, const struct cs_http_reply *rep)
{
    struct cs_http_reply *ret = state;

    *ret = *rep;
    ret->body = cs_memdup(call->arena, rep->body, rep->body_len + 1);
    return 0;
}

static inline struct cs_http_reply http_get(struct cs_call *call, const struct cs_http_request *req)
{
    struct cs_call_state state = {.call = call, .background = true};
    struct cs_http_reply rep = {0};

    call->state = &state;
    cs_background_wait(&state, cs_http_then(call, req, http_get_done, &rep));
    call->state = NULL;
    return rep;
}
