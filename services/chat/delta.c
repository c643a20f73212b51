#include "chat/delta.h"

#include <stdbool.h>

/* Is the character that begins at text[0] whole within len bytes? */
static bool whole_char(const char *text, size_t len)
{
    unsigned char c = (unsigned char)*text;
    size_t need = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return len >= need;
}

size_t delta_cut(const char *text, size_t len, size_t max)
{
    size_t n = len < max ? len : max, start = n;

    while (start > 0 && n - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && !whole_char(text + start - 1, n - start + 1))
        return start - 1;
    return n;
}

static void emit(struct delta *d, size_t n)
{
    if (n == 0)
        return;
    d->emit(d->state, d->whole.data + d->sent, n);
    d->sent += n;
    d->sent_ms = d->clock();
}

/* all that waits, in deltas of at most DELTA_BYTES */
static void emit_whole_chars(struct delta *d)
{
    for (;;) {
        size_t waiting = d->whole.len - d->sent;
        size_t n = delta_cut(d->whole.data + d->sent, waiting, DELTA_BYTES);
        if (n == 0)
            return;
        emit(d, n);
    }
}

void delta_tick(struct delta *d)
{
    int64_t pace = d->pace ? d->pace() : DELTA_MS;

    if (d->sent < d->whole.len && d->clock() - d->sent_ms >= pace)
        emit_whole_chars(d);
}

void delta_add(struct delta *d, const char *text, size_t len)
{
    cs_buf_add(&d->whole, text, len);
    while (d->whole.len - d->sent >= DELTA_BYTES)
        emit(d, delta_cut(d->whole.data + d->sent, DELTA_BYTES, DELTA_BYTES));
    delta_tick(d);
}

void delta_flush(struct delta *d)
{
    if (d->sent == d->whole.len)
        return;
    emit_whole_chars(d);
    emit(d, d->whole.len - d->sent); /* the beginning of a character that never came whole */
}

void delta_free(struct delta *d)
{
    cs_buf_free(&d->whole);
}
