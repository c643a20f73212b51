#pragma once
/*
 * attempt: where a sign-in comes from, and what is remembered of that place. A network (an IPv4 /24,
 * an IPv6 /48) in which an account signed in before is known for this account; a network with many
 * failures in the last minutes is suspect for every other one. lane.h serves the three classes.
 *
 * Memory of this process, of a fixed size, for an hour at most; after a restart every place is new.
 * An account has few known networks and pushes out no other account's. Any thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum attempt_class { ATTEMPT_KNOWN, ATTEMPT_NEW, ATTEMPT_SUSPECT, ATTEMPT_CLASSES };

struct attempt {
    enum attempt_class class;
    uint64_t flow;             /* attempts of equal flow take turns as one */
    uint64_t network, account; /* hashes; 0: none */
};

/* account: its id, or the name that was given; NULL: it is not made yet. address NULL: unknown. */
struct attempt attempt_of(const char *address, const char *account, int64_t now_ms);
/* Of an account that is signed in already. */
struct attempt attempt_signed_in(const char *account);
/* The password was right or wrong. */
void attempt_note(const struct attempt *a, bool right, int64_t now_ms);
