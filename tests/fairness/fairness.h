#pragma once
/*
 * fairness: what a workspace notices of another one that is at every limit at once.
 *
 *     fairness <base url> <provider url> <seconds>
 *
 * The edge at the base url has its limits on and believes X-Forwarded-For, so that every account has an
 * address of its own. One workspace, the neighbour, works for so many seconds alone and then for as long
 * beside the attacker (attack.h). What each of its jobs took is printed as a table; a test fails when a
 * call of the neighbour failed, never because of a time. Names that end in .silent.test are not resolved (tests/names).
 */
#include "../support/client.h"

#include <stddef.h>
#include <stdint.h>

enum { PATIENCE_MS = 30 * 1000, ADDRESS_SIZE = 16, ID_SIZE = 40 };

#define PASSWORD "correct horse battery"

/* Whose addresses: no network has both. */
enum side { NEIGHBOUR, ATTACKER, SIDES };

/* A user with a workspace, at an address of its own. One thread at a time. */
struct account {
    struct tc tc;
    char name[48], address[ADDRESS_SIZE];
    char *token;
};

/* Registers it. Without success the program ends with a message. */
void account_open(struct account *a, const char *base_url, const char *prefix, enum side side);
/* The same account for one more thread. */
void account_share(struct account *a, const struct account *from);
void account_close(struct account *a);
/* body NULL: none. The reply is the caller's. */
void account_ask(struct account *a, const char *method, const char *path, const char *body,
                 struct tc_reply *ret);
/* The same, of which the id is all that matters: at the path of the reply's JSON, `id` or `document.id`. Without
 * one the program ends with a message. */
void account_make(struct account *a, const char *method, const char *path, const char *body,
                  char id[ID_SIZE]);
/* A bot with this configuration, and the address of a provider `house` unless NULL. */
void account_bot(struct account *a, const char *provider, const char *configuration,
                 char id[ID_SIZE]);
/* The next of the addresses that nobody else has. */
void address_next(char out[ADDRESS_SIZE], enum side side);

enum job { JOB_LOGIN, JOB_CHAT, JOB_MODEL, JOB_SEARCH, JOB_UPLOAD, JOBS };

extern const char *const job_names[JOBS];

/* What the calls of a job took. One thread writes. */
struct samples {
    long *ms;
    size_t n;
    int failed;
    int told; /* how often a caller was told to come again later (429), and did */
    char first_failure[CURL_ERROR_SIZE + 240];
};

void samples_add(struct samples *s, int64_t ms);
void samples_fail(struct samples *s, const char *what, const struct tc_reply *r);
long samples_percentile(struct samples *s, int percent); /* 1 to 100; 0 without samples */
void samples_free(struct samples *s);

/* The workspace that is measured. */
void neighbour_open(const char *base_url, const char *provider);
/* All jobs side by side for so many seconds, and until the last calls have ended. */
void neighbour_work(struct samples ret[JOBS], int seconds);
void neighbour_close(void);
