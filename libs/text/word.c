/* One character at a time; a run of letters, digits and joiners is kept beside it until it ends. */
#include "text/word_impl.h"

#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum {
    MAX_PARTS = 16,
    DENSE_CHARS = 5, /* code points of a character of a pair */
    DENSE_MAX = DENSE_CHARS * CS_UTF8_MAX,
    SHORT_NAME = 2, /* letters of C and F, which are other names with a sign */
};

struct part {
    size_t offset, len; /* in the text of the run */
    size_t start, end;
    size_t letters, capitals, suffix; /* characters; bytes of a sign behind it */
    char joiner;                      /* before it; 0: a capital, or digits beside letters */
    bool digits;
    bool cut; /* it was too long */
};

/* A word or an identifier in the making; its text has no joiners. */
struct run {
    char text[CS_WORD_WHOLE_MAX + CS_UTF8_MAX];
    size_t len;
    struct part parts[MAX_PARTS];
    size_t n;
    char joiner;                      /* of the next part; 0: the last one may still grow */
    size_t last_offset, last_start;   /* of the last character */
    bool last_upper, dot, apostrophe; /* a sign before the run */
};

/* The character before, of a dense script. */
struct dense {
    char text[DENSE_MAX];
    size_t len, start; /* len 0: none */
    bool paired, han;
};

struct tokenizer {
    struct run run;
    struct dense dense;
    void (*fn)(void *state, const struct cs_word *word);
    void *state;
};

/* Not all of it: most texts are short. Parts and places are set before they are read. */
static void tokenizer_init(struct tokenizer *t, void (*fn)(void *state, const struct cs_word *word),
                           void *state)
{
    t->run.len = t->run.n = 0;
    t->run.joiner = 0;
    t->run.last_upper = t->run.dot = t->run.apostrophe = false;
    t->dense.len = 0;
    t->fn = fn;
    t->state = state;
}

static void word_emit(struct tokenizer *t, enum cs_word_kind kind, const char *text, size_t len,
                      size_t start, size_t end, bool capitals)
{
    struct cs_word word = {.kind = kind,
                           .capitals = capitals,
                           .text = text,
                           .len = cs_utf8_cut(text, len, CS_WORD_WHOLE_MAX),
                           .start = start,
                           .end = end};

    t->fn(t->state, &word);
}

/* ---- numbers ---- */

/* The end of the number that begins with part i; i when it is none. */
static size_t number_end(const struct run *r, size_t i)
{
    size_t j = i;

    if (r->parts[i].digits)
        for (j = i + 1; j < r->n && r->parts[j].digits && r->parts[j].joiner &&
                        strchr(".,' ", r->parts[j].joiner);)
            j++;
    return j;
}

/* Parts [from, to) are groups of three digits with one separator between. */
static bool number_is_grouped(const struct run *r, size_t from, size_t to)
{
    size_t separators = to - from - 1;

    if (separators == 0 || r->parts[from].len > 3)
        return false;
    for (size_t i = from + 1; i < to; i++)
        if (r->parts[i].len != 3 || r->parts[i].joiner != r->parts[from + 1].joiner)
            return false;
    return separators != 3 || r->parts[from + 1].joiner != '.'; /* an IPv4 address */
}

/* The number as computers write it; *ret_one when its groups of digits mean nothing by themselves. */
static size_t number_put(const struct run *r, size_t from, size_t to, char *out, bool *ret_one)
{
    bool all = number_is_grouped(r, from, to);
    bool decimals = to - from > 2 && !all && number_is_grouped(r, from, to - 1) &&
                    r->parts[to - 1].joiner != r->parts[to - 2].joiner;
    size_t n = 0;

    for (size_t i = from; i < to; i++) {
        if (i > from && !all && !(decimals && i < to - 1))
            out[n++] = '.';
        memcpy(out + n, r->text + r->parts[i].offset, r->parts[i].len);
        n += r->parts[i].len;
    }
    *ret_one = all || decimals;
    return n;
}

/* ---- runs ---- */

static bool part_capitals(const struct part *p)
{
    return p->letters > 1 && p->capitals == p->letters;
}

/* Whether part i begins a word that a joiner sets apart, of more than one part; *ret_end is its end. */
static bool part_opens_word(const struct run *r, size_t i, size_t *ret_end)
{
    size_t j = i + 1;

    while (j < r->n && !r->parts[j].joiner)
        j++;
    *ret_end = j;
    return (i == 0 || r->parts[i].joiner) && j > i + 1 && (i > 0 || j < r->n);
}

static void parts_emit(struct tokenizer *t)
{
    const struct run *r = &t->run;
    char number[CS_WORD_WHOLE_MAX + MAX_PARTS + CS_UTF8_MAX];
    size_t numbered = 0, end;

    for (size_t i = 0; i < r->n; i++) {
        const struct part *p = &r->parts[i];

        if (part_opens_word(r, i, &end))
            word_emit(t, CS_WORD_PART, r->text + p->offset,
                      r->parts[end - 1].offset + r->parts[end - 1].len - p->offset, p->start,
                      r->parts[end - 1].end, false);
        end = i < numbered ? i : number_end(r, i);
        if (end > i + 1) {
            bool one;
            size_t n = number_put(r, i, end, number, &one);
            if (end - i < r->n)
                word_emit(t, CS_WORD_PART, number, n, p->start, r->parts[end - 1].end, false);
            numbered = end;
            if (one) {
                i = end - 1;
                continue;
            }
        }
        word_emit(t, CS_WORD_PART, r->text + p->offset, p->len, p->start, p->end, part_capitals(p));
        if (p->suffix && p->letters > SHORT_NAME)
            word_emit(t, CS_WORD_PART, r->text + p->offset, p->len - p->suffix, p->start, p->end,
                      false);
    }
}

static void whole_emit(struct tokenizer *t)
{
    const struct run *r = &t->run;
    char whole[CS_WORD_WHOLE_MAX + MAX_PARTS + CS_UTF8_MAX + 1];
    size_t n = 0, start = r->parts[0].start, end = r->parts[r->n - 1].end;
    bool one, capitals = true;

    if (r->dot)
        whole[n++] = '.';
    for (size_t i = 0; i < r->n;) {
        size_t j = number_end(r, i);
        if (j > i + 1) {
            n += number_put(r, i, j, whole + n, &one);
            i = j;
            continue;
        }
        memcpy(whole + n, r->text + r->parts[i].offset, r->parts[i].len);
        n += r->parts[i].len;
        capitals &= part_capitals(&r->parts[i]);
        i++;
    }
    word_emit(t, CS_WORD_WHOLE, whole, n, start, end, capitals);
    /* 12.500 is twelve thousand and more to some, twelve and a half to others */
    if (r->n == 2 && number_end(r, 0) == 2 && number_is_grouped(r, 0, 2) &&
        (r->parts[1].joiner == '.' || r->parts[1].joiner == ',')) {
        n = r->parts[0].len;
        memcpy(whole, r->text, n);
        whole[n++] = '.';
        memcpy(whole + n, r->text + r->parts[1].offset, r->parts[1].len);
        word_emit(t, CS_WORD_PART, whole, n + r->parts[1].len, start, end, false);
    }
}

static void run_end(struct tokenizer *t)
{
    struct run *r = &t->run;
    const struct part *p = &r->parts[0];

    if (r->n == 0)
        return;
    bool possessive = r->apostrophe && r->n == 1 && p->len == 1 && r->text[0] == 's';
    if (r->n > 1 || r->dot || (p->suffix && p->letters > SHORT_NAME)) {
        if (r->n > 1 || r->dot)
            whole_emit(t);
        parts_emit(t);
    } else if (!possessive) {
        word_emit(t, CS_WORD, r->text, p->len, p->start, p->end, part_capitals(p));
    }
    r->len = r->n = 0; /* not all of it: most runs are short */
    r->joiner = 0;
    r->last_upper = r->dot = r->apostrophe = false;
}

static struct part *part_open(struct tokenizer *t, size_t start, bool digits)
{
    struct run *r = &t->run;

    if (r->n == MAX_PARTS)
        run_end(t);
    r->parts[r->n] =
        (struct part){.offset = r->len, .start = start, .joiner = r->joiner, .digits = digits};
    r->joiner = 0;
    return &r->parts[r->n++];
}

/* HTTPServer: the S was taken for the last letter of HTTP. */
static struct part *part_take_back(struct tokenizer *t)
{
    struct run *r = &t->run;
    struct part *p = &r->parts[r->n - 1];

    if (r->n == MAX_PARTS)
        return p;
    r->parts[r->n] = (struct part){.offset = r->last_offset,
                                   .len = p->offset + p->len - r->last_offset,
                                   .start = r->last_start,
                                   .end = p->end,
                                   .letters = 1,
                                   .capitals = 1};
    p->len = r->last_offset - p->offset;
    p->end = r->last_start;
    p->letters--;
    p->capitals--;
    return &r->parts[r->n++];
}

/* The part that the character belongs to, which may be a new one. */
static struct part *part_for(struct tokenizer *t, const struct cs_char *c,
                             const struct cs_char *next)
{
    struct run *r = &t->run;
    bool digit = c->kind == CS_CHAR_DIGIT;
    struct part *p = r->n > 0 ? &r->parts[r->n - 1] : NULL;

    if (!p || r->joiner || p->digits != digit || (c->upper && !r->last_upper && !digit))
        return part_open(t, c->start, digit);
    bool plural = c->at[0] == 's' && next->kind != CS_CHAR_LETTER;
    if (!digit && !c->upper && r->last_upper && p->capitals > 1 && !plural && !p->cut)
        return part_take_back(t);
    return p;
}

static void run_add(struct tokenizer *t, const struct cs_char *c, const struct cs_char *next)
{
    struct run *r = &t->run;
    struct part *p = part_for(t, c, next);

    p->end = c->end;
    p->letters += c->kind == CS_CHAR_LETTER;
    p->capitals += c->upper;
    r->last_upper = c->upper;
    r->last_offset = r->len;
    r->last_start = c->start;
    for (size_t i = 0; i < c->n && !p->cut; i++) {
        char bytes[CS_UTF8_MAX];
        size_t n = cs_utf8_put(bytes, c->at[i]);

        /* too long is cut, in questions just as in documents */
        p->cut = p->len + n > CS_WORD_MAX || r->len + n > CS_WORD_WHOLE_MAX;
        if (p->cut)
            return;
        memcpy(r->text + r->len, bytes, n);
        r->len += n;
        p->len += n;
    }
}

/* The joiner that a sign between two characters of a run is; 0: it ends the run. */
static char joiner_of(const struct run *r, const struct cs_char *c, const struct cs_char *next)
{
    const struct part *last = &r->parts[r->n - 1];
    bool digits = last->digits && next->kind == CS_CHAR_DIGIT;
    bool follows = next->kind == CS_CHAR_LETTER || next->kind == CS_CHAR_DIGIT;

    switch (c->at[0]) {
    case '_': return follows || (next->kind == CS_CHAR_SIGN && next->at[0] == '_') ? '_' : 0;
    case '.':
    case '@':
    case '&': return follows ? (char)c->at[0] : 0;
    case '-':
    case 0x2010: return follows ? '-' : 0;
    case ',': return digits ? ',' : 0;
    case ' ': return digits && c->end > c->start + 1 ? ' ' : 0; /* not of ASCII: it may not break */
    case '\'':
    case 0x2019:
        if (digits)
            return '\'';
        return next->upper && last->letters <= SHORT_NAME && last->capitals ? '\''
                                                                            : 0; /* O'Brien */
    default: return 0;
    }
}

/* Signs within a word that are no boundary: מ"מ, п'ять. */
static bool sign_within(const struct run *r, const struct cs_char *c, const struct cs_char *next)
{
    uint32_t before = 0, sign = c->at[0];

    if (r->joiner || next->kind != CS_CHAR_LETTER ||
        !cs_utf8_next(r->text + r->last_offset, r->len - r->last_offset, &before))
        return false;
    if (cs_char_is_hebrew(before) && cs_char_is_hebrew(next->at[0]))
        return sign == '"' || sign == '\'' || sign == 0x05f3 || sign == 0x05f4 || sign == 0x2019;
    return cs_char_is_cyrillic(before) && cs_char_is_cyrillic(next->at[0]) &&
           (sign == '\'' || sign == 0x2019);
}

/* The bytes of the signs at c that are part of the name before them, as in C# and C++; 0: none are. */
static size_t suffix_of(const struct run *r, const struct cs_char *c, const struct cs_char *next)
{
    const struct part *p = &r->parts[r->n - 1];

    if (r->joiner || p->digits || p->cut || r->len + 2 > CS_WORD_WHOLE_MAX)
        return 0;
    if (c->at[0] == '#' && p->letters <= SHORT_NAME && next->kind != CS_CHAR_LETTER &&
        next->kind != CS_CHAR_DIGIT && next->kind != CS_CHAR_DENSE)
        return 1;
    return c->at[0] == '+' && next->kind == CS_CHAR_SIGN && next->at[0] == '+' ? 2 : 0;
}

/* A sign or white space. Returns the bytes of further signs that were taken along. */
static size_t run_sign(struct tokenizer *t, const struct cs_char *c, const struct cs_char *next,
                       bool begins)
{
    struct run *r = &t->run;
    size_t suffix;

    if (r->n == 0 || (r->joiner && c->at[0] != '_')) {
        run_end(t);
        r->dot = c->at[0] == '.' && begins && next->kind == CS_CHAR_LETTER;
        return 0;
    }
    if (sign_within(r, c, next))
        return 0;
    char joiner = joiner_of(r, c, next);
    if (joiner && r->len < CS_WORD_WHOLE_MAX) {
        r->joiner = joiner;
        r->last_upper = false;
        return 0;
    }
    if (!r->joiner && (suffix = suffix_of(r, c, next)) > 0) {
        struct part *p = &r->parts[r->n - 1];
        memcpy(r->text + r->len, suffix == 1 ? "#" : "++", suffix);
        r->len += suffix;
        p->len += suffix;
        p->suffix = suffix;
        p->end = c->start + suffix;
        run_end(t);
        return suffix - 1;
    }
    run_end(t);
    r->apostrophe = c->at[0] == '\'' || c->at[0] == 0x2019;
    return 0;
}

/* ---- scripts without spaces ---- */

static void dense_end(struct tokenizer *t, size_t end)
{
    struct dense *d = &t->dense;

    if (d->len > 0 && !d->paired)
        word_emit(t, CS_WORD_SINGLE, d->text, d->len, d->start, end, false);
    d->len = 0;
}

static void dense_add(struct tokenizer *t, const struct cs_char *c, const struct cs_char *next)
{
    struct dense *d = &t->dense, now = {.start = c->start, .han = cs_char_is_han(c->at[0])};
    bool follows = next->kind == CS_CHAR_DENSE;

    for (size_t i = 0; i < c->n && i < DENSE_CHARS; i++)
        now.len += cs_utf8_put(now.text + now.len, c->at[i]);
    if (d->len > 0) {
        char pair[2 * DENSE_MAX];
        memcpy(pair, d->text, d->len);
        memcpy(pair + d->len, now.text, now.len);
        word_emit(t, CS_WORD_PAIR, pair, d->len + now.len, d->start, c->end, false);
        now.paired = true;
    }
    if (now.han && !(d->len > 0 && d->han) && !(follows && cs_char_is_han(next->at[0])) &&
        (d->len > 0 || follows))
        word_emit(t, CS_WORD_LONE, now.text, now.len, c->start, c->end, false);
    *d = now;
}

/* Whether the next character begins something new: no run, sign or pair before it has a say. */
static bool tokenizer_rests(const struct tokenizer *t)
{
    return t->run.n == 0 && !t->run.dot && !t->run.apostrophe && t->dense.len == 0;
}

/* One character; next is the one behind it. Returns the bytes of further signs that were taken along. */
static size_t tokenizer_take(struct tokenizer *t, const struct cs_char *c,
                             const struct cs_char *next, bool begins)
{
    if (c->kind != CS_CHAR_DENSE)
        dense_end(t, c->start);
    switch (c->kind) {
    case CS_CHAR_LETTER:
    case CS_CHAR_DIGIT: run_add(t, c, next); return 0;
    case CS_CHAR_DENSE:
        run_end(t);
        dense_add(t, c, next);
        return 0;
    default: return run_sign(t, c, next, begins);
    }
}

/* Whether a sign of a name, such as the dot of .NET, can stand behind the character. */
static bool begins_name(enum cs_char_kind kind, uint32_t c)
{
    return kind == CS_CHAR_SPACE || c == '(' || c == '"' || c == '`';
}

void cs_words_with(const char *text, size_t len, bool shortcut,
                   void (*fn)(void *state, const struct cs_word *word), void *state)
{
    struct tokenizer t;
    struct cs_char at[2], *c = &at[0], *next = &at[1];
    bool begins = true; /* the character before is no sign of a name */

    tokenizer_init(&t, fn, state);
    cs_char_next(text, len, 0, c);
    while (c->kind != CS_CHAR_END) {
        size_t plain = c->start;
        if (shortcut && (signed char)text[plain] >= 0 && tokenizer_rests(&t) &&
            (plain = cs_words_ascii(text, len, plain, fn, state)) > c->start) {
            cs_char_next(text, len, plain - 1, c);
            begins = begins_name(c->kind, c->at[0]);
            cs_char_next(text, len, plain, c);
            continue;
        }
        cs_char_next(text, len, c->end, next);
        size_t more = tokenizer_take(&t, c, next, begins);
        begins = begins_name(c->kind, c->at[0]);
        if (more)
            cs_char_next(text, len, c->end + more, next);
        struct cs_char *free_one = c;
        c = next;
        next = free_one;
    }
    dense_end(&t, len);
    run_end(&t);
}

void cs_words(const char *text, size_t len, void (*fn)(void *state, const struct cs_word *word),
              void *state)
{
    cs_words_with(text, len, true, fn, state);
}

/* ---- without marks ---- */

static const char *letter_plain(uint32_t c)
{
    switch (c) {
    case 0xe6: return "ae";
    case 0xf0:
    case 0x111: return "d";
    case 0xf8: return "o";
    case 0xfe: return "th";
    case 0x127: return "h";
    case 0x131: return "i";
    case 0x142: return "l";
    case 0x14b: return "ng";
    case 0x153: return "oe";
    case 0x167: return "t";
    default: return NULL;
    }
}

size_t cs_word_plain(const char *word, size_t len, char *out)
{
    size_t n = 0, bytes;
    bool changed = false, latin = false;
    uint32_t c;

    while (n < len && (signed char)word[n] >= 0)
        n++;
    if (n == len)
        return 0;
    n = 0;
    for (size_t i = 0; i < len && (bytes = cs_utf8_next(word + i, len - i, &c)) > 0; i += bytes) {
        utf8proc_int32_t apart[8];
        const char *letters = letter_plain(c);

        if (c >= 0x300 && c < 0x370 && latin) {
            changed = true;
            continue;
        }
        latin = (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x250) || (c >= 0x1e00 && c < 0x1f00);
        if (letters) {
            memcpy(out + n, letters, strlen(letters));
            n += strlen(letters);
            changed = true;
        } else if (latin && c >= 0xc0 &&
                   utf8proc_decompose_char((utf8proc_int32_t)c, apart, 8,
                                           UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, NULL) > 1) {
            n += cs_utf8_put(out + n, (uint32_t)apart[0]);
            changed = true;
        } else {
            memcpy(out + n, word + i, bytes);
            n += bytes;
        }
    }
    return changed ? n : 0;
}
