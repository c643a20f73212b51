#pragma once
/*
 * nkey: NATS keys, JWTs and credentials of operator mode (nats-io/nkeys, ADR-14), with libsodium.
 * Used by `chatsphere nats-init`, and later for tenants' accounts.
 */
#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>

enum cs_nkey_kind { CS_NKEY_OPERATOR, CS_NKEY_ACCOUNT, CS_NKEY_USER };

struct cs_nkey {
    enum cs_nkey_kind kind;
    unsigned char seed[32];
    char public_key[64]; /* O..., A... or U... */
    char seed_text[64];  /* S... */
};

void cs_nkey_new(enum cs_nkey_kind kind, struct cs_nkey *ret);
bool cs_nkey_from_seed(const char *seed_text, struct cs_nkey *ret);

/* A signed JWT for `subject` with these `nats` claims (stolen); text in the arena. */
char *cs_nkey_jwt(struct cs_arena *a, const struct cs_nkey *issuer, const char *subject,
                  const char *name, json_t *nats);
/* The decorated text of a .creds file. */
char *cs_nkey_creds(struct cs_arena *a, const char *user_jwt, const struct cs_nkey *user);

/*
 * Makes operator, system account, platform account, one user per row of nats/topology.c (with its
 * permissions), an `ops` user for the operator's program and a `sys` user, under dir:
 *   operator.seed system.seed account.seed  nats.conf (operator, resolver, preload)
 *   creds/<service>.creds
 * Idempotent: existing keys are kept, JWTs and nats.conf are written anew. 0 or -1 with a message.
 */
int cs_nats_init(const char *dir, int port, const char *store_dir);
