#pragma once
/* seal: secrets at rest, sealed under the keys of CHATSPHERE_SEAL_KEY. Any thread behind seal_start(). */
#include "base/arena.h"

#include <stddef.h>

int seal_start(const char *keys); /* 0, or -1 with a log line */
void seal_stop(void);

/* A box that only unseal() with the same tenant and id opens. */
void *seal(struct cs_arena *a, const char *tenant, const char *id, const char *secret,
           size_t *ret_len);
/* NULL: the box is forged, or of a key that is not there any more. */
char *unseal(struct cs_arena *a, const char *tenant, const char *id, const void *box, size_t len);
