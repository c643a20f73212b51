#pragma once
/*
 * welcome: which large bodies are read at all, decided from the head of their request. A body for a
 * path that does not exist, or without a good credential where one is needed, is not: the request is
 * answered without it. One per loop, on its thread.
 */
#include "edge/http/http.h"

enum http_welcome body_welcome(void *edge, const struct http_body *b, uint64_t *share);
void body_forget(void *asking);

struct identity;
/* What names a client for the budgets of bodies and files (http/ledger.h): a workspace has one share for all its members
 * and keys; a visitor, or without an identity anybody, counts by address. */
uint64_t welcome_share(const struct identity *who, const char *address);
