#pragma once
/*
 * welcome: which large bodies are read at all, decided from the head of their request. A body for a
 * path that does not exist, or without a good credential where one is needed, is not: the request is
 * answered without it. One per loop, on its thread.
 */
#include "edge/http/http.h"

enum http_welcome body_welcome(void *edge, const struct http_body *b, uint64_t *share);
void body_forget(void *asking);
