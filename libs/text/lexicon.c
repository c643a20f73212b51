/* Open addressing over offsets into one block of text. */
#include "text/lexicon.h"

#include "base/grow.h"
#include "base/id.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

static unsigned char key[crypto_shorthash_KEYBYTES];
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    cs_random(key, sizeof(key));
}

static uint32_t word_hash(const char *word, size_t len)
{
    uint64_t h;

    _Static_assert(sizeof(h) == crypto_shorthash_BYTES, "a hash is 64 bits");
    pthread_once(&key_once, make_key);
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)word, len, key);
    return (uint32_t)h;
}

static void lexicon_grow(struct cs_lexicon *l)
{
    free(l->slots);
    l->n_slots = l->n_slots ? l->n_slots * 2 : FIRST_SLOTS;
    l->slots = zeroed(l->n_slots, sizeof(*l->slots));
    for (uint32_t i = 0; i < l->n; i++) {
        uint32_t at = l->words[i].hash & (l->n_slots - 1);
        while (l->slots[at])
            at = (at + 1) & (l->n_slots - 1);
        l->slots[at] = i + 1;
    }
}

/* where the word is, or the empty slot where it would be; needs slots */
static uint32_t slot_of(const struct cs_lexicon *l, uint32_t hash, const char *word, size_t len)
{
    uint32_t at = hash & (l->n_slots - 1);

    for (; l->slots[at]; at = (at + 1) & (l->n_slots - 1)) {
        const struct cs_lexicon_word *w = &l->words[l->slots[at] - 1];
        if (w->hash == hash && w->len == len && memcmp(l->text.data + w->offset, word, len) == 0)
            break;
    }
    return at;
}

uint32_t cs_lexicon_add(struct cs_lexicon *l, const char *word, size_t len)
{
    uint32_t hash = word_hash(word, len);

    if (l->n_slots / 4 * 3 <= l->n)
        lexicon_grow(l);
    uint32_t at = slot_of(l, hash, word, len);
    if (l->slots[at])
        return l->slots[at] - 1;
    l->words = grow(l->words, &l->cap, (size_t)l->n + 1, sizeof(*l->words));
    l->words[l->n] = (struct cs_lexicon_word){
        .offset = (uint32_t)l->text.len, .len = (uint32_t)len, .hash = hash};
    cs_buf_add(&l->text, word, len);
    l->slots[at] = ++l->n;
    return l->n - 1;
}

uint32_t cs_lexicon_find(const struct cs_lexicon *l, const char *word, size_t len)
{
    if (l->n == 0)
        return CS_LEXICON_NONE;
    uint32_t at = slot_of(l, word_hash(word, len), word, len);
    return l->slots[at] ? l->slots[at] - 1 : CS_LEXICON_NONE;
}

const char *cs_lexicon_text(const struct cs_lexicon *l, uint32_t number, size_t *ret_len)
{
    *ret_len = l->words[number].len;
    return l->text.data + l->words[number].offset;
}

void cs_lexicon_seal(struct cs_lexicon *l)
{
    l->words = trimmed(l->words, &l->cap, l->n, sizeof(*l->words));
    cs_buf_trim(&l->text);
}

size_t cs_lexicon_bytes(const struct cs_lexicon *l)
{
    return l->text.len + l->n * sizeof(*l->words) + l->n_slots * sizeof(*l->slots);
}

void cs_lexicon_free(struct cs_lexicon *l)
{
    cs_buf_free(&l->text);
    free(l->words);
    free(l->slots);
    *l = (struct cs_lexicon){0};
}
