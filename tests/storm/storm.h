#pragma once
/*
 * storm: uploads and turns go on while every process of the stack is killed in turn with SIGKILL;
 * then what was accepted is compared with what is stored and with the events.
 *
 * One struct storm is shared by the worker threads; `lock` guards the two lists.
 */
#include "../support/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct upload {
    char id[40];
};

struct turn {
    char marker[32]; /* the question's own word */
    char conversation[40];
    bool accepted; /* a 200 or a `start` frame was seen */
    bool ended;    /* the answer, or an `end` frame, was seen */
    char finish_reason[24];
    char *heard; /* text received, or NULL */
};

struct storm {
    const char *base_url, *state;
    char *token, bot[40];
    int want_uploads, want_turns;
    atomic_bool killing; /* the killer is not through yet */
    atomic_int n_refused;
    pthread_mutex_t lock;
    struct upload *uploads;
    struct turn *turns;
    size_t n_uploads, n_turns, n_kills;
};

void *storm_uploader(void *storm); /* thread */
void *storm_talker(void *storm);   /* thread */
void *storm_killer(void *storm);   /* thread */

/* Prints one line a check; how many did not hold. */
int storm_verify(struct storm *s, int *ret_n_passed);
