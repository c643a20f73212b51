#pragma once
/*
 * creds: signing in to the broker with a .creds file (a user's JWT and its seed), in place of
 * natsOptions_SetUserCredentialsFromFiles(). That of libnats 3.4 takes a signature whose first byte
 * is 0 for an absent one, so the broker refuses 1 of 256 connections, and a first connection that is
 * refused is closed for ever. Here such a try fails (NATS_IO_ERROR), and who connects must make
 * another connection when a first one fails; that has another nonce.
 *
 * The file is read anew at each connection, so it may be replaced.
 */
#include "base/arena.h"

#include <nats/nats.h>

/* path must live as long as the connection. */
natsStatus cs_creds_use(natsOptions *o, const char *path);

/* The line behind "-----BEGIN <what>-----", in the arena, or NULL. */
char *cs_creds_part(struct cs_arena *a, const char *text, const char *what);

/* Of the library: signs the broker's nonce with the seed in the file that closure names. */
natsStatus cs_creds_sign(char **ret_error, unsigned char **ret_signature, int *ret_len,
                         const char *nonce, void *closure);
