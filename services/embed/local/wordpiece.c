/*
 * A word is collected character by character, normalised on the way, and cut into the longest pieces
 * of the vocabulary from left to right.
 */
#include "embed/local/wordpiece.h"

#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum { WORD_CHARACTERS = 100, DECOMPOSED_MAX = 18 };

struct piece {
    const char *text; /* NULL: a free place. Without the prefix of pieces within a word */
    uint32_t len;
    int32_t id;
    bool within;
};

struct wordpiece {
    struct piece *pieces; /* hash table */
    size_t places;        /* a power of two */
    size_t longest;       /* bytes */
    int32_t limit, unknown, first, last;
    bool ends, clean, chinese, strip, lower;
    size_t word_max; /* characters */
};

/* ---- vocabulary ---- */

static struct piece *piece_place(const struct wordpiece *w, const char *text, size_t len,
                                 bool within)
{
    uint64_t h = within ? 0x9e3779b97f4a7c15ULL : 0xcbf29ce484222325ULL;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3ULL;
    for (size_t at = (size_t)(h ^ h >> 29) & (w->places - 1);; at = (at + 1) & (w->places - 1)) {
        struct piece *p = &w->pieces[at];
        if (!p->text || (p->len == len && p->within == within && memcmp(p->text, text, len) == 0))
            return p;
    }
}

static int32_t piece_id(const struct wordpiece *w, const char *text)
{
    const struct piece *p = text ? piece_place(w, text, strlen(text), false) : NULL;

    return p && p->text ? p->id : -1;
}

static const char *vocabulary_read(struct cs_arena *a, struct wordpiece *w, const json_t *model)
{
    const char *prefix = json_string_value(json_object_get(model, "continuing_subword_prefix"));
    json_t *vocabulary = json_object_get(model, "vocab"), *id;
    size_t n = json_object_size(vocabulary), skip = prefix ? strlen(prefix) : 0;
    const char *text;

    if (n == 0 || n > WORDPIECE_VOCABULARY_MAX || skip == 0)
        return "The vocabulary must have 1 to 1,000,000 pieces and a continuing_subword_prefix.";
    for (w->places = 16; w->places < 2 * n; w->places *= 2)
        ;
    w->pieces = CS_NEW(a, struct piece, w->places);
    json_object_foreach(vocabulary, text, id) {
        bool within = strncmp(text, prefix, skip) == 0 && text[skip];
        const char *bare = cs_strdup(a, within ? text + skip : text);
        struct piece *p = piece_place(w, bare, strlen(bare), within);

        if (!json_is_integer(id) || json_integer_value(id) < 0 ||
            json_integer_value(id) >= WORDPIECE_VOCABULARY_MAX)
            return cs_printf(a, "The piece %s has no number from 0 to 999,999.", text);
        *p = (struct piece){bare, (uint32_t)strlen(bare), (int32_t)json_integer_value(id), within};
        w->limit = p->id >= w->limit ? p->id + 1 : w->limit;
        w->longest = p->len > w->longest ? p->len : w->longest;
    }
    return NULL;
}

/* ---- opening ---- */

static bool type_is(const json_t *o, const char *type)
{
    const char *is = json_string_value(json_object_get(o, "type"));

    return is && strcmp(is, type) == 0;
}

/* The pieces that a template or a BertProcessing puts around a text. */
static const char *ends_read(struct wordpiece *w, const json_t *o)
{
    const json_t *single = json_object_get(o, "single");
    const char *first, *last;

    if (!o || json_is_null(o))
        return NULL;
    if (type_is(o, "BertProcessing")) {
        first = json_string_value(json_array_get(json_object_get(o, "cls"), 0));
        last = json_string_value(json_array_get(json_object_get(o, "sep"), 0));
    } else if (type_is(o, "TemplateProcessing") && json_array_size(single) == 3 &&
               json_object_get(json_array_get(single, 1), "Sequence")) {
        const json_t *begin = json_array_get(single, 0), *end = json_array_get(single, 2);
        first = json_string_value(json_object_get(json_object_get(begin, "SpecialToken"), "id"));
        last = json_string_value(json_object_get(json_object_get(end, "SpecialToken"), "id"));
    } else {
        return "Its post_processor is no BertProcessing and no template of one piece on each side.";
    }
    w->first = piece_id(w, first);
    w->last = piece_id(w, last);
    w->ends = true;
    return w->first < 0 || w->last < 0 ? "The vocabulary lacks a piece of the post_processor."
                                       : NULL;
}

static bool flag_of(const json_t *o, const char *name, bool absent)
{
    const json_t *v = json_object_get(o, name);

    return json_is_boolean(v) ? json_is_true(v) : absent;
}

static const char *tokenizer_read(struct cs_arena *a, struct wordpiece *w, const json_t *root)
{
    const json_t *normalizer = json_object_get(root, "normalizer");
    const json_t *model = json_object_get(root, "model");
    const json_t *most = json_object_get(model, "max_input_chars_per_word");
    const char *wrong;

    if (!type_is(normalizer, "BertNormalizer") ||
        !type_is(json_object_get(root, "pre_tokenizer"), "BertPreTokenizer") ||
        !type_is(model, "WordPiece"))
        return "Only BertNormalizer, BertPreTokenizer and WordPiece are supported.";
    w->clean = flag_of(normalizer, "clean_text", true);
    w->chinese = flag_of(normalizer, "handle_chinese_chars", true);
    w->lower = flag_of(normalizer, "lowercase", true);
    w->strip = flag_of(normalizer, "strip_accents", w->lower);
    w->word_max = WORD_CHARACTERS;
    if (json_is_integer(most) && json_integer_value(most) > 0 &&
        json_integer_value(most) < WORD_CHARACTERS)
        w->word_max = (size_t)json_integer_value(most);
    if ((wrong = vocabulary_read(a, w, model)))
        return wrong;
    w->unknown = piece_id(w, json_string_value(json_object_get(model, "unk_token")));
    if (w->unknown < 0)
        return "The vocabulary lacks the unk_token.";
    return ends_read(w, json_object_get(root, "post_processor"));
}

struct wordpiece *wordpiece_open(struct cs_arena *a, const json_t *tokenizer, const char **ret_why)
{
    struct wordpiece *w = CS_NEW(a, struct wordpiece, 1);

    *ret_why = tokenizer_read(a, w, tokenizer);
    return *ret_why ? NULL : w;
}

int32_t wordpiece_limit(const struct wordpiece *w)
{
    return w->limit;
}

bool wordpiece_ends(const struct wordpiece *w, int32_t *ret_first, int32_t *ret_last)
{
    *ret_first = w->first;
    *ret_last = w->last;
    return w->ends;
}

int32_t wordpiece_unknown(const struct wordpiece *w)
{
    return w->unknown;
}

/* ---- characters ---- */

static bool character_is_space(uint32_t c)
{
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);

    return c == '\t' || c == '\n' || c == '\r' || k == UTF8PROC_CATEGORY_ZS ||
           k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP;
}

static bool character_is_dropped(uint32_t c)
{
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS: return true;
    default: return c == 0 || c == 0xfffd;
    }
}

static bool character_is_chinese(uint32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
           (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b820 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static bool character_is_punctuation(uint32_t c)
{
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);

    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126) || (k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO);
}

/* ---- words ---- */

struct encoding {
    const struct wordpiece *w;
    int32_t *ids;
    size_t n, max;
    bool cut;
    char word[WORD_CHARACTERS * CS_UTF8_MAX];
    size_t bytes, characters; /* of the word; more characters than fit are only counted */
};

/* The longest piece at the start of s, or NULL. */
static const struct piece *piece_longest(const struct wordpiece *w, const char *s, size_t len,
                                         bool within)
{
    for (size_t n = len < w->longest ? len : w->longest; n > 0; n--) {
        const struct piece *p;
        if (n < len && ((unsigned char)s[n] & 0xc0) == 0x80)
            continue; /* within a character */
        p = piece_place(w, s, n, within);
        if (p->text)
            return p;
    }
    return NULL;
}

/* The word is its pieces, or unknown as a whole. */
static void word_end(struct encoding *e)
{
    int32_t ids[WORD_CHARACTERS];
    size_t n = 0, at = 0;

    while (e->characters <= e->w->word_max && at < e->bytes) {
        const struct piece *p = piece_longest(e->w, e->word + at, e->bytes - at, at > 0);
        if (!p)
            break;
        ids[n++] = p->id;
        at += p->len;
    }
    if (at < e->bytes || e->characters > e->w->word_max) {
        ids[0] = e->w->unknown;
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        if (e->n < e->max)
            e->ids[e->n++] = ids[i];
        else
            e->cut = true;
    e->bytes = e->characters = 0;
}

/* A normalised character: part of a word, or a word of its own. */
static void word_add(struct encoding *e, uint32_t c)
{
    bool alone = character_is_punctuation(c);

    if ((alone || character_is_space(c)) && e->characters)
        word_end(e);
    if (character_is_space(c))
        return;
    if (e->characters++ < e->w->word_max)
        e->bytes += cs_utf8_put(e->word + e->bytes, c);
    if (alone)
        word_end(e);
}

static void character_add(struct encoding *e, uint32_t c)
{
    const struct wordpiece *w = e->w;
    utf8proc_int32_t parts[DECOMPOSED_MAX] = {(utf8proc_int32_t)c};
    utf8proc_ssize_t n = 1;
    int last_class = 0;
    bool alone = w->chinese && character_is_chinese(c);

    if (w->clean && !character_is_space(c) && character_is_dropped(c))
        return;
    if (alone && e->characters)
        word_end(e);
    if (w->strip && c >= 0x80)
        n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, DECOMPOSED_MAX, UTF8PROC_DECOMPOSE,
                                    &last_class);
    for (utf8proc_ssize_t i = 0; i < n && i < DECOMPOSED_MAX; i++) {
        if (w->strip && utf8proc_category(parts[i]) == UTF8PROC_CATEGORY_MN)
            continue;
        word_add(e, (uint32_t)(w->lower ? utf8proc_tolower(parts[i]) : parts[i]));
    }
    if (alone && e->characters)
        word_end(e);
}

size_t wordpiece_encode(const struct wordpiece *w, const char *text, size_t len, int32_t *ids,
                        size_t max, bool *ret_cut)
{
    struct encoding e = {.w = w, .ids = ids, .max = max};
    uint32_t c;

    while (len > 0 && !e.cut) {
        size_t n = cs_utf8_next(text, len, &c);
        if (n)
            character_add(&e, c);
        n = n ? n : 1;
        text += n;
        len -= n;
    }
    if (e.characters)
        word_end(&e);
    *ret_cut = e.cut;
    return e.n;
}
