#pragma once
/*
 * faults: load and awkward clients for the fault tests (tests/stack/faults.sh), which break things
 * meanwhile and judge what is printed: one JSON object, on one line.
 *
 *     faults load <base urls> <token> <bots> <seconds>   until the time is up, or SIGTERM; lists have commas
 *     faults logins <base url> <user> <password> <n>     n at once
 *     faults turns <base url> <token> <bot> <n>          n at once, and small requests beside them
 *     faults stall <base url> <token> <bot> <n> <bytes>  n streams that are not read
 *
 *     {"get": {"200": 951, "503": 12}, "stream": {"stop": 40}, "no_retry_after": 0,
 *      "slowest_ms": {"get": 31}, "odd": ["GET /api/v1/bots: 500 {...}"]}
 *
 * Under a kind stand the statuses (0: no answer, refused: nobody listens) and, of a turn, how it ended. `odd` are the first
 * answers nobody would hope for: no answer, or a status from 500 on but 503.
 *
 * A tally locks; all else belongs to one thread.
 */
#include "../support/client.h"

struct tally;

struct tally *tally_new(void);
void tally_add(struct tally *t, const char *kind, const char *key);
/* The status, the time it took, a 503 without Retry-After, what is odd. */
void tally_reply(struct tally *t, const char *kind, const char *what, const struct tc_reply *r);
void tally_number(struct tally *t, const char *name, long value);
void tally_slowest(struct tally *t, const char *kind, long ms);
void tally_print_and_free(struct tally *t);

/* A conversation with the bot: its id in out; tries until there is one, for a minute. */
bool begin_conversation(struct tc *c, const char *token, const char *bot, char out[40]);
/* One turn, whole or streamed, counted under its kind. */
void say(struct tc *c, struct tally *t, const char *token, const char *conversation, bool stream);

int run_load(int argc, char **argv);
int run_logins(int argc, char **argv);
int run_turns(int argc, char **argv);
int run_stall(int argc, char **argv);
