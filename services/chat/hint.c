/* A table of fixed size that maps a conversation to its bot. */
#include "chat/hint.h"

#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SLOTS = 4096 };

struct hint {
    char conversation[CS_ID_SIZE], bot[CS_ID_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hint hints[SLOTS];

static struct hint *slot_of(const char *conversation)
{
    return &hints[cs_hash(0, conversation) % SLOTS];
}

void hint_put(const char *conversation, const char *bot)
{
    struct hint *h = slot_of(conversation);

    pthread_mutex_lock(&lock);
    snprintf(h->conversation, sizeof(h->conversation), "%s", conversation);
    snprintf(h->bot, sizeof(h->bot), "%s", bot);
    pthread_mutex_unlock(&lock);
}

bool hint_get(const char *conversation, char ret_bot[CS_ID_SIZE])
{
    const struct hint *h = slot_of(conversation);

    pthread_mutex_lock(&lock);
    bool known = strcmp(h->conversation, conversation) == 0;
    if (known)
        memcpy(ret_bot, h->bot, CS_ID_SIZE);
    pthread_mutex_unlock(&lock);
    return known;
}
