#pragma once
/*
 * key: provider keys, sealed for their tenant, bot and provider. They are opened only for a
 * context that chat or embed has signed. Start once; then any worker. The seal keys are loaded anew when
 * their file changes; each call sees the old ones or the new ones.
 */
#include "bot-store/store.h"
#include "crypto/crypto.h"

int key_start(const char *seal_keys); /* 0, or -1 with a log line */
void key_stop(void);

/* A secret of a bot, sealed under a name among its provider keys, and opened again; NULL: it cannot be. */
void *key_seal(struct cs_arena *a, const Bot *bot, const char *name, const char *secret,
               size_t *ret_len);
char *key_open(struct cs_arena *a, const Bot *bot, const char *name, const void *box, size_t len);

bool key_new_one_waits(void); /* whether a seal key is known that is not used yet */
void key_head(unsigned char out[CS_SEAL_HEAD]); /* what a box of the newest seal key begins with */
/* Opens the box and seals its secret with the newest seal key; false: it cannot be opened. */
bool key_reseal(struct cs_arena *a, struct stale_box *box);
