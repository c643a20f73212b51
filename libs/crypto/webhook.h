#pragma once
/*
 * webhook: secrets and signatures of Standard Webhooks (standardwebhooks.com), by libsodium. Any thread.
 *
 * A secret is "whsec_" and the base64 of its bytes. A signature is "v1," and the base64 of the HMAC-SHA256, under these
 * bytes, of "<webhook-id>.<webhook-timestamp>.<body>".
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new secret of 32 random bytes; text in the arena. */
char *cs_webhook_secret_new(struct cs_arena *a);

/* The signature, in the arena; NULL: the secret is malformed. timestamp: unix seconds. */
char *cs_webhook_sign(struct cs_arena *a, const char *secret, const char *id, int64_t timestamp,
                      const char *body, size_t len);
