#pragma once
/* texts: what tests of two ways to the same result play: the inputs of the suites, and random text of telling pieces. */
#include "test.h"

#include "base/buf.h"

static const char *const text_pieces[] = {
    "a",      "s",      "is",     "The",    "A",        "HTTP",   "HTTPs",    "iOS",    "x",
    "Dr",     "etc",    "No",     "12",     "1",        "500",    "v2",       " ",      " ",
    " ",      "  ",     "\n",     "\n\n",   "\t",       "\r\n",   ".",        ". ",     ",",
    ", ",     "-",      "_",      "'",      "\"",       "(",      ")",        "`",      "[",
    "]",      "*",      "@",      "&",      "#",        "+",      "++",       "!",      "?",
    ":",      "/",      "\x01",   "\x7f",   "\xc2\xad", "\u0301", "\u00e9",   "\u00df", "\u0130",
    "\u2019", "\u201c", "\u201d", "\u2026", "\u00a0",   "\u3000", "\u3002",   "\u061f", "\u6771",
    "\u4eac", "\u30ab", "\u3041", "\u0e01", "\u0e49",   "\u0416", "\u044b",   "\u05de", "\u05f4",
    "\u0628", "\u0915", "\u093e", "\uff21", "\uff10",   "\x80",   "\xe6\x9d",
};

enum { TEXTS_RANDOM = 40000, TEXTS_PIECES = 24 };

static void texts_each(void (*fn)(const char *text, size_t len))
{
    static const char *const suites[] = {"word", "sentence", "builtin", "chunker", "prompt"};
    CS_BUF_AUTO struct cs_buf b = {0};
    uint32_t seed = 17;
    size_t n;

    for (size_t i = 0; i < LEN(suites); i++) {
        const struct suite_case *c = suite_load(&arena, suites[i], &n);
        for (; n > 0; n--, c++)
            for (size_t k = 0; k < c->n_parts; k++)
                fn(c->parts[k].text, c->parts[k].len);
    }
    for (int i = 0; i < TEXTS_RANDOM; i++) {
        cs_buf_clear(&b);
        for (int k = i % TEXTS_PIECES; k >= 0; k--) {
            seed = seed * 1664525U + 1013904223U;
            cs_buf_adds(&b, text_pieces[(seed >> 8) % LEN(text_pieces)]);
        }
        fn(b.data, b.len);
    }
}
