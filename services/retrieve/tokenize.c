/* One character at a time, with the word and the identifier in the making kept beside it. */
#include "retrieve/tokenize.h"

#include "base/utf8.h"
#include "retrieve/unicode.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_PARTS = 16 };

struct part {
    size_t offset, len;
    size_t start, end;
    bool cut; /* it was too long */
};

/* a word or an identifier in the making */
struct run {
    char text[TOKEN_MAX + CS_UTF8_MAX];
    size_t len;
    struct part parts[MAX_PARTS];
    size_t n_parts;
    bool open; /* the last part may still grow */
};

struct tokenizer {
    struct run run;
    uint32_t gram; /* the character before, of a script without spaces; 0: none */
    size_t gram_start;
    bool gram_said; /* it was part of a pair already */
    void (*fn)(void *state, const struct token *token);
    void *state;
};

static void token_emit(struct tokenizer *t, enum token_kind kind, const char *text, size_t len,
                       size_t start, size_t end)
{
    struct token token = {.kind = kind, .text = text, .len = len, .start = start, .end = end};

    t->fn(t->state, &token);
}

static void end_run(struct tokenizer *t)
{
    struct run *r = &t->run;
    enum token_kind kind = r->n_parts > 1 ? TOKEN_PART : TOKEN_WORD;

    if (r->n_parts > 1) {
        const struct part *last = &r->parts[r->n_parts - 1];
        token_emit(t, TOKEN_IDENTIFIER, r->text, last->offset + last->len, r->parts[0].start,
                   last->end);
    }
    for (size_t i = 0; i < r->n_parts; i++) {
        const struct part *p = &r->parts[i];
        token_emit(t, kind, r->text + p->offset, p->len, p->start, p->end);
    }
    r->len = r->n_parts = 0;
    r->open = false;
}

static void end_gram(struct tokenizer *t, size_t end)
{
    char text[CS_UTF8_MAX];

    if (t->gram && !t->gram_said)
        token_emit(t, TOKEN_GRAM, text, cs_utf8_put(text, t->gram), t->gram_start, end);
    t->gram = 0;
    t->gram_said = false;
}

static void add_letter(struct tokenizer *t, const struct unicode_char *c)
{
    struct run *r = &t->run;

    if (!r->open) {
        if (r->n_parts == MAX_PARTS)
            end_run(t);
        r->parts[r->n_parts++] = (struct part){.offset = r->len, .start = c->start};
        r->open = true;
    }
    struct part *p = &r->parts[r->n_parts - 1];
    p->end = c->end;
    for (size_t i = 0; i < c->n; i++) {
        char bytes[CS_UTF8_MAX];
        size_t n = cs_utf8_put(bytes, c->at[i]);

        /* what is too long is cut, in questions just as in documents */
        p->cut = p->cut || p->len + n > TOKEN_WORD_MAX || r->len + n > TOKEN_MAX;
        if (p->cut)
            return;
        memcpy(r->text + r->len, bytes, n);
        r->len += n;
        p->len += n;
    }
}

/* . - and _ join when a letter stands on both sides; of _ there may be several */
static void add_joiner(struct tokenizer *t, const struct unicode_char *c,
                       const struct unicode_char *next)
{
    struct run *r = &t->run;
    bool after = r->n_parts > 0 && r->parts[r->n_parts - 1].len > 0 && r->len < TOKEN_MAX;
    bool before = next->kind == UNICODE_LETTER ||
                  (c->at[0] == '_' && next->kind == UNICODE_JOINER && next->at[0] == '_');

    if (!after || !before) {
        end_run(t);
        return;
    }
    r->text[r->len++] = (char)c->at[0];
    r->open = false;
}

static void add_gram(struct tokenizer *t, const struct unicode_char *c)
{
    if (t->gram) {
        char text[2 * CS_UTF8_MAX];
        size_t n = cs_utf8_put(text, t->gram);

        n += cs_utf8_put(text + n, c->at[0]);
        token_emit(t, TOKEN_GRAM, text, n, t->gram_start, c->end);
        t->gram_said = true;
    }
    t->gram = c->at[0];
    t->gram_start = c->start;
}

void tokenize(const char *text, size_t len, void (*fn)(void *state, const struct token *token),
              void *state)
{
    struct tokenizer t = {.fn = fn, .state = state};
    struct unicode_char c, next;

    unicode_next(text, len, 0, &c);
    for (; c.kind != UNICODE_END; c = next) {
        unicode_next(text, len, c.end, &next);
        if (c.kind != UNICODE_GRAM)
            end_gram(&t, c.start);
        switch (c.kind) {
        case UNICODE_LETTER: add_letter(&t, &c); break;
        case UNICODE_JOINER: add_joiner(&t, &c, &next); break;
        case UNICODE_GRAM:
            end_run(&t);
            add_gram(&t, &c);
            break;
        default: end_run(&t);
        }
    }
    end_gram(&t, len);
    end_run(&t);
}
