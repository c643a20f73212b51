#pragma once
/*
 * rotate: the keys in a folder of secrets (crypto/secrets.h) are replaced in two steps with an overlap
 * between them, so that nothing that was signed or encrypted is refused.
 *
 *     cs_rotate_begin()    puts a new key beside the old one, to be used from a later time on: until then
 *                          every process has read the file, and knows the key before it meets it
 *     cs_rotate_finish()   drops the old key when nothing needs it: what it signed has expired, and
 *                          what it encrypted was encrypted anew
 *
 * A file is replaced as a whole. sign.pub gets a public key before the private one is there, and loses it
 * after that is gone. Messages go to standard output, faults to standard error. One process at a time.
 */
#include "crypto/crypto.h"

#include <stdbool.h>
#include <stdint.h>

enum { CS_ROTATE_JWT = 1, CS_ROTATE_SEAL = 2, CS_ROTATE_SIGN = 4, CS_ROTATE_ALL = 7 };

struct cs_rotation {
    const char *dir;
    const char *const *signers; /* whose sign-<signer>.key there are; ends with NULL */
    unsigned what;              /* CS_ROTATE_… */
    int64_t after_s;            /* begin: seconds until the new keys are used */
    bool dry_run;               /* say what would be done */
    bool forced;                /* finish: do not wait until the overlap is over */
    /* finish: how many boxes do not begin with head (crypto/crypto.h); negative: unknown. May be NULL. */
    int64_t (*boxes_left)(const unsigned char head[CS_SEAL_HEAD]);
};

/* 0, or -1: a rotation of one of them is under way, or a file cannot be read or written. Nothing is changed for a
 * rotation under way, and the next call goes on where a failed one has stopped. */
int cs_rotate_begin(const struct cs_rotation *r);
/* 0 when no rotation is left, or -1: one is not over yet, or a file cannot be read or written. Those that are over
 * are finished. */
int cs_rotate_finish(const struct cs_rotation *r);
/* Prints each key with its id and its time. */
int cs_rotate_status(const struct cs_rotation *r);
