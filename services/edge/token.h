#pragma once
/*
 * token: the one authenticator. Every carrier of identity ends here: access tokens of users,
 * tokens of visitors (both ES256 JWTs of auth) and API keys (cs_...).
 *
 * A JWT is verified once here and then known by its hash, for as long as auth lists the key that signed it. Whether its session still lives, and
 * who bears an API key, is asked of auth and believed for 2 seconds, with one question under way
 * per token however many requests wait. So a revocation reaches every loop within 2 seconds. Where
 * auth is overloaded or away, what it said last is believed for 10 seconds.
 *
 * Only auth knows which API keys there are, so whoever guesses makes it work. A key that it does not
 * know is remembered for 5 seconds and counted against its address; where that limit is reached no
 * further key that was not good before is asked about.
 * One per loop, on its thread; memory is bounded.
 */
#include "edge/keys.h"
#include "edge/limit.h"
#include "base/list.h"
#include "crypto/context.h"

#include <stdint.h>

enum carrier { CARRIER_NONE, CARRIER_USER, CARRIER_KEY, CARRIER_VISITOR };

/* Who asks. Strings are NULL where they do not apply. */
struct identity {
    enum carrier carrier;
    const char *tenant;
    const char *principal; /* user:<id>, key:<id>, visitor:<session> */
    const char *roles;     /* comma separated */
    const char *session;   /* of a user: id of the session that the token belongs to */
    const char *origin;    /* a visitor's token is good on this page only; NULL: anywhere */
};

struct tokens;

/* A question, in the asker's memory until done was called or tokens_forget(). */
struct token_check {
    const char *bearer; /* what follows "Bearer " */
    const char *request_id, *traceparent;
    const char *address; /* by which limits count ... */
    const char *network; /* ... and its network, or NULL */
    int64_t wait_ms;     /* set with status 429 */
    /* status 0: who is valid during the call-back; 401; 429; 503/504 when auth cannot be asked */
    void (*done)(void *user, int status, const struct identity *who);
    void *user;
    struct list link;
    bool waits_for_keys; /* it has a place among those that do */
};

struct tokens *tokens_new(struct bridge *b, struct keys *k, struct limits *limits);
void tokens_free(struct tokens *t);

/* What is known of a token at once, without asking auth; a JWT with a good signature is good, and *ret_who then its
 * identity, good until the next question. */
enum token_knowledge { TOKEN_UNKNOWN, TOKEN_GOOD, TOKEN_BAD };
enum token_knowledge tokens_known(struct tokens *t, const char *bearer,
                                  const struct identity **ret_who);

void tokens_check(struct tokens *t, struct token_check *c); /* may call done at once */
void tokens_forget(struct token_check *c);                  /* the asker left */

/* "Bearer xyz" -> "xyz"; NULL when it is nothing of the kind. */
const char *token_bearer(const char *authorization);
/* The kid of a JWT's header into out; false when it is no JWT. */
enum { TOKEN_KID_SIZE = 48 };
bool token_kid(const char *jwt, char out[TOKEN_KID_SIZE]);
