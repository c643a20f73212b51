/* A table of fixed size that maps a conversation to its bot and its last questions. */
#include "chat/hint.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096 };

struct slot {
    char conversation[CS_ID_SIZE], bot[CS_ID_SIZE];
    char *questions[HINT_QUESTIONS]; /* the latest first; NULL: there was none */
    int64_t put_ms;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot slots[SLOTS];

static struct slot *slot_of(const char *conversation)
{
    return &slots[cs_hash(0, conversation) % SLOTS];
}

static void slot_clear(struct slot *s)
{
    for (int i = 0; i < HINT_QUESTIONS; i++)
        free(s->questions[i]);
    *s = (struct slot){.put_ms = 0};
}

static char *question_copy(const char *question)
{
    size_t n = cs_utf8_head(question, strlen(question), HINT_CHARACTERS);
    char *copy = strndup(question, n);

    if (!copy)
        abort(); /* as an arena does */
    return copy;
}

void hint_put(const char *conversation, const char *bot, const char *question)
{
    struct slot *s = slot_of(conversation);

    pthread_mutex_lock(&lock);
    if (strcmp(s->conversation, conversation) != 0)
        slot_clear(s);
    snprintf(s->conversation, sizeof(s->conversation), "%s", conversation);
    snprintf(s->bot, sizeof(s->bot), "%s", bot);
    s->put_ms = cs_mono_ms();
    if (question) {
        free(s->questions[HINT_QUESTIONS - 1]);
        memmove(s->questions + 1, s->questions, sizeof(s->questions) - sizeof(s->questions[0]));
        s->questions[0] = question_copy(question);
    }
    pthread_mutex_unlock(&lock);
}

bool hint_get(struct cs_arena *a, const char *conversation, struct hint *ret)
{
    struct slot *s = slot_of(conversation);

    pthread_mutex_lock(&lock);
    bool known = strcmp(s->conversation, conversation) == 0;
    if (known && cs_mono_ms() - s->put_ms > HINT_KEPT_MS) {
        slot_clear(s);
        known = false;
    }
    *ret = (struct hint){.n_questions = 0};
    if (known) {
        memcpy(ret->bot, s->bot, CS_ID_SIZE);
        while (ret->n_questions < HINT_QUESTIONS && s->questions[ret->n_questions]) {
            ret->questions[ret->n_questions] = cs_strdup(a, s->questions[ret->n_questions]);
            ret->n_questions++;
        }
    }
    pthread_mutex_unlock(&lock);
    return known;
}

void hint_drop(const char *conversation)
{
    struct slot *s = slot_of(conversation);

    pthread_mutex_lock(&lock);
    if (strcmp(s->conversation, conversation) == 0)
        slot_clear(s);
    pthread_mutex_unlock(&lock);
}
