#pragma once
/*
 * names: host names that requests wait for; internal to libs/http, the engine's thread only.
 *
 * libcurl resolves each name on a thread of its own, which ends when the name server answers or the
 * system's resolver gives up, be the request over or not. So a tenant resolves at most two names at
 * a time, a look-up without an answer keeps its place for some seconds more, and a name that failed fails again
 * at once for a moment. A name that was resolved a moment ago is in libcurl's cache and needs no place.
 */
#include <stdbool.h>
#include <stdint.h>

enum { CS_NAMES_CACHE_S = 60 }; /* of libcurl */

struct share;
struct lookup;

enum cs_name {
    CS_NAME_READY, /* *ret is the look-up that begins, or NULL when none is needed */
    CS_NAME_WAIT,
    CS_NAME_FAILED,
};

enum cs_name cs_name_begin(struct share *s, const char *host, int64_t now_ms, struct lookup **ret);

/* The end of a look-up; NULL is fine. silent: without an answer, so its thread may still run. */
void cs_name_resolved(struct lookup *l, int64_t now_ms);
void cs_name_failed(struct lookup *l, int64_t now_ms, bool silent);
/* The request is over, its look-up may not be. */
void cs_name_left(struct lookup *l, int64_t now_ms);

void cs_names_clear(void); /* the engine has stopped */
