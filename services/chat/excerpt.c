/* Words of the question are looked for in each unit, and the best units are joined in order. */
#include "chat/excerpt.h"

#include "base/buf.h"
#include "chat/terms.h"
#include "chat/units.h"
#include "text/character.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    MAX_PICKED = 3,  /* units of an excerpt */
    MAX_BYTES = 600, /* of them, after the first */
    MAX_UNIT = 480,  /* of one sentence */
    MAX_CODE = 1200, /* of one code block */
};

struct excerpter {
    struct cs_arena *arena;
    struct terms *terms;
    size_t n_terms;
    struct unit units[MAX_UNITS]; /* of the passage */
    size_t n;
    struct terms_found found[MAX_UNITS];
    float weights[TERMS_MAX];
};

/*
 * A word counts without its accents where the passage does not have it with them. It weighs more the fewer units
 * have it: the one that answers has words of its own.
 */
static void excerpter_weigh(struct excerpter *e)
{
    for (size_t i = 0; i < e->n_terms; i++) {
        uint64_t bit = UINT64_C(1) << i;
        size_t have = 0;

        for (size_t u = 0; u < e->n; u++)
            have += (e->found[u].exact & bit) != 0;
        for (size_t u = 0; u < e->n && have == 0; u++)
            e->found[u].exact |= e->found[u].loose & bit;
        for (size_t u = 0; u < e->n && have == 0; u++)
            have += (e->found[u].exact & bit) != 0;
        e->weights[i] = logf(1 + 2 * (float)e->n / (float)(have ? have : 1));
    }
}

static float terms_weight(const struct excerpter *e, uint64_t terms)
{
    float sum = 0;

    for (; terms; terms &= terms - 1)
        sum += e->weights[__builtin_ctzll(terms)];
    return sum;
}

/*
 * The unit that adds most to `have`, earliest first; n when none is worth it: it must add a term,
 * or weigh as much as the first one picked.
 */
static size_t excerpt_best(const struct excerpter *e, const bool *picked, uint64_t have,
                           float first)
{
    size_t at = e->n;
    float most = 0;

    for (size_t i = 0; i < e->n; i++) {
        uint64_t terms = e->found[i].exact;
        float all = terms_weight(e, terms), fresh = terms_weight(e, terms & ~have);
        /* what is new counts more than what is only said again */
        float score = 4 * fresh + all;
        if (!picked[i] && (fresh > 0 || all >= first) && score > most) {
            most = score;
            at = i;
        }
    }
    return at;
}

/* "To start, run:" is nothing without what follows */
static void excerpt_pick(const struct excerpter *e, size_t i, bool *picked, size_t *bytes)
{
    const struct unit *u = &e->units[i];

    picked[i] = true;
    *bytes += u->len;
    if (i + 1 < e->n && u->at[u->len - 1] == ':')
        picked[i + 1] = true;
}

static uint64_t excerpt_choose(const struct excerpter *e, bool *picked)
{
    uint64_t have = 0;
    size_t bytes = 0;
    float first = INFINITY;

    for (int k = 0; k < MAX_PICKED; k++) {
        size_t i = excerpt_best(e, picked, have, first);
        if (i == e->n || (k > 0 && bytes + e->units[i].len > MAX_BYTES))
            break;
        if (k == 0)
            first = terms_weight(e, e->found[i].exact);
        have |= e->found[i].exact;
        excerpt_pick(e, i, picked, &bytes);
    }
    if (!have && e->n > 0)
        excerpt_pick(e, 0, picked, &bytes);
    return have;
}

/* the sentence in one line; at most MAX_UNIT bytes */
static void put_sentence(struct cs_buf *out, const struct unit *u)
{
    size_t len = u->len, from = 0;

    if (len > MAX_UNIT) {
        size_t space = len = cs_char_cut(u->at, len, MAX_UNIT);
        while (space > MAX_UNIT / 2 && !isspace((unsigned char)u->at[space]))
            space--;
        len = space > MAX_UNIT / 2 ? space : len;
    }
    while (from < len) {
        size_t to = from;
        while (to < len && !isspace((unsigned char)u->at[to]))
            to++;
        cs_buf_add(out, u->at + from, to - from);
        for (from = to; from < len && isspace((unsigned char)u->at[from]);)
            from++;
        if (from < len)
            cs_buf_adds(out, " ");
    }
    if (len < u->len)
        cs_buf_adds(out, " …");
}

/* a block as it stands; one that is too long or not closed is closed */
static void put_code(struct cs_buf *out, const struct unit *u)
{
    size_t len = u->len;

    if (len > MAX_CODE) {
        len = cs_char_cut(u->at, len, MAX_CODE);
        while (len > 3 && u->at[len - 1] != '\n')
            len--;
    }
    while (len > 0 && u->at[len - 1] == '\n')
        len--;
    cs_buf_add(out, u->at, len);
    if (len < 6 || strncmp(u->at + len - 3, u->at, 3) != 0)
        cs_buf_addf(out, "\n%.3s", u->at);
}

static char *excerpt_join(const struct excerpter *e, const bool *picked)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    size_t last = e->n;

    for (size_t i = 0; i < e->n; i++) {
        const struct unit *u = &e->units[i];

        if (!picked[i])
            continue;
        if (last < e->n) {
            bool adjacent = last + 1 == i, block = u->kind != UNIT_SENTENCE;
            bool line = block || e->units[last].kind == UNIT_CODE || (adjacent && u->opens);
            cs_buf_adds(&out, line ? "\n" : adjacent ? " " : " … ");
        }
        if (u->kind == UNIT_CODE)
            put_code(&out, u);
        else
            put_sentence(&out, u);
        last = i;
    }
    return cs_strndup(e->arena, out.data ? out.data : "", out.len);
}

struct excerpter *excerpter_new(struct cs_arena *a, const char *question)
{
    struct excerpter *e = CS_NEW(a, struct excerpter, 1);

    e->arena = a;
    e->terms = terms_new(a, question);
    return e;
}

void excerpter_free(struct excerpter *e)
{
    terms_free(e->terms);
}

char *excerpt(struct excerpter *e, const char *passage, int *ret_matches)
{
    bool picked[MAX_UNITS] = {0};

    e->n = units_of(passage, e->units);
    e->n_terms = terms_prepare(e->terms, passage);
    for (size_t i = 0; i < e->n; i++)
        e->found[i] = terms_find(e->terms, e->units[i].at, e->units[i].len);
    excerpter_weigh(e);
    *ret_matches = __builtin_popcountll(excerpt_choose(e, picked));
    return excerpt_join(e, picked);
}
