#pragma once
/*
 * storm: uploads and turns go on while processes of the stack are killed with SIGKILL; then what was
 * accepted is compared with what is stored and with the events.
 *
 *     storm <base url> <state folder>              every process once, in turn
 *     storm <base url> <state folder> <seconds>    a soak: random ones at random moments
 *
 * In a soak some turns are cancelled, some are left by their reader, and documents are deleted; half
 * the bots are answered by the test provider when $CHATSPHERE_EGRESS_ALLOW names it. The database
 * is looked at directly, as libpq's own variables (PGHOST ...) say.
 *
 * One struct storm is shared by the worker threads; `lock` guards the two lists.
 */
#include "../support/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { STORM_BOTS = 4, STORM_BROKER_KILLS = 1024 };

struct upload {
    char id[40];
    const char *bot;
    bool deleted;
};

struct turn {
    char marker[32]; /* the question's own word */
    char conversation[40], id[40];
    bool cancelled, left;
    bool accepted; /* a 200 or a `start` frame was seen */
    bool ended;    /* the answer, or an `end` frame, was seen */
    char finish_reason[24];
    char *heard;                /* text received, or NULL */
    int64_t asked_ms, ended_ms; /* monotonic */
};

struct storm {
    const char *base_url, *state;
    char *token, bots[STORM_BOTS][40];
    bool soak;
    int64_t until_ms; /* of a soak, monotonic */
    int want_uploads, want_turns;
    atomic_bool killing; /* the killer is not through yet */
    atomic_int n_refused, n_asked;
    pthread_mutex_t lock;
    struct upload *uploads;
    struct turn *turns;
    size_t n_uploads, n_turns, n_kills;
    int64_t broker_killed_ms[STORM_BROKER_KILLS]; /* monotonic */
    size_t n_broker_kills;
    double *seconds; /* of the turns that came to their end */
    size_t n_seconds;
};

void *storm_uploader(void *storm); /* thread */
void *storm_talker(void *storm);   /* thread */
void *storm_killer(void *storm);   /* thread */

void *storm_grow(void *list, size_t n, size_t size); /* room for one more */
bool storm_goes_on(struct storm *s, bool uploads);
void storm_refused(struct storm *s);
/* A POST whose answer does not matter. */
void storm_tell(struct storm *s, struct tc *c, const char *method, const char *path);

/* What ingest has against what retrieve has: 0 when they agree. */
long storm_stray_chunks(void);

/* Prints one line a check; how many did not hold. */
int storm_verify(struct storm *s, int *ret_n_passed);
