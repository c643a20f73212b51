/* A small state machine: before, within and behind the reasoning. */
#include "provider/think.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *open, *close;
} tags[] = {{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}};

enum { TAGS = sizeof(tags) / sizeof(tags[0]) };

static void think_say(const struct cs_think *t, const char *text, size_t len, bool reasoning)
{
    if (len > 0)
        t->say(t->state, text, len, reasoning);
}

/* Whether a text is a tag or the beginning of one; *ret is the tag when it is whole. */
static bool think_may_open(const char *text, size_t len, const char **ret_close)
{
    bool may = false;

    *ret_close = NULL;
    for (size_t i = 0; i < TAGS; i++) {
        size_t n = strlen(tags[i].open);
        if (len == n && memcmp(text, tags[i].open, n) == 0)
            *ret_close = tags[i].close;
        may |= len <= n && memcmp(text, tags[i].open, len) == 0;
    }
    return may;
}

static bool think_opens(const char *text, size_t len)
{
    for (size_t i = 0; i < TAGS; i++)
        if (memmem(text, len, tags[i].open, strlen(tags[i].open)))
            return true;
    return false;
}

/* The closing tag that a text has without an opening one before it, or NULL. */
static const char *think_bare_close(const char *text, size_t len)
{
    for (size_t i = 0; i < TAGS; i++) {
        const char *close = memmem(text, len, tags[i].close, strlen(tags[i].close));
        if (close && !think_opens(text, (size_t)(close - text)))
            return tags[i].close;
    }
    return NULL;
}

/* In front of the answer; the bytes taken. */
static size_t think_before(struct cs_think *t, const char *text, size_t len)
{
    const char *close;
    size_t i = 0;

    if (t->n_held == 0 && !t->thought && (close = think_bare_close(text, len))) {
        t->at = CS_THINK_WITHIN;
        t->close = close;
        return 0;
    }
    while (i < len && t->n_held == 0 && isspace((unsigned char)text[i]))
        i++; /* blanks in front of an answer say nothing */
    for (size_t from = i, held = t->n_held; i < len;) {
        t->held[t->n_held++] = text[i++];
        bool may = think_may_open(t->held, t->n_held, &close);
        if (may && !close)
            continue;
        t->at = may ? CS_THINK_WITHIN : CS_THINK_BEHIND;
        t->close = close;
        if (!may)
            think_say(t, t->held, held, false); /* the rest of it is in this piece */
        t->n_held = 0;
        return may ? i : from;
    }
    return i;
}

/* Up to the closing tag; the bytes taken. The beginning of the tag is held. */
static size_t think_within(struct cs_think *t, const char *text, size_t len)
{
    size_t n = strlen(t->close);

    for (size_t i = 0; i < len; i++) {
        if (t->n_held > 0 && text[i] != t->close[t->n_held]) {
            think_say(t, t->close, t->n_held, true); /* what was held is the tag's beginning */
            t->n_held = 0;
        }
        if (text[i] != t->close[t->n_held]) {
            const char *next = memchr(text + i, t->close[0], len - i);
            size_t end = next ? (size_t)(next - text) : len;
            think_say(t, text + i, end - i, true);
            i = end - 1;
        } else if (++t->n_held == n) {
            t->at = CS_THINK_BEFORE;
            t->thought = true;
            t->n_held = 0;
            return i + 1;
        }
    }
    return len;
}

void cs_think_feed(struct cs_think *t, const char *text, size_t len)
{
    while (len > 0) {
        size_t n = len;

        if (t->at == CS_THINK_BEFORE)
            n = think_before(t, text, len);
        else if (t->at == CS_THINK_WITHIN)
            n = think_within(t, text, len);
        else
            think_say(t, text, len, false);
        text += n;
        len -= n;
    }
}

void cs_think_end(struct cs_think *t)
{
    if (t->at == CS_THINK_WITHIN)
        think_say(t, t->close, t->n_held, true);
    else
        think_say(t, t->held, t->n_held, false);
    t->n_held = 0;
}
