#pragma once
/*
 * problem: every error of the HTTP side, as application/problem+json (RFC 9457): type, title,
 * status, detail, instance (the request id), code and errors. Pure; any thread.
 */
#include "base/arena.h"
#include "base/err.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

#include <jansson.h>

struct bridge_reply;

#define PROBLEM_TYPE "application/problem+json"

/* A new object; absent code and title are those of the status. */
json_t *problem_json(const Problem *p, const char *request_id);
const char *problem_text(struct cs_arena *a, const Problem *p, const char *request_id);
/* What the HTTP server refuses by itself. */
const char *problem_refusal(struct cs_arena *a, int status, const char *request_id);

/* What a failed call to a service says, unpacked into the arena, or our own words for it. */
Problem *problem_of_reply(struct cs_arena *a, const struct bridge_reply *reply);
