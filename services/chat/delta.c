/* Pieces collected up to a size or a time, and cut between characters. */
#include "chat/delta.h"

#include "base/utf8.h"

static void delta_emit(struct delta *d, size_t n)
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
        size_t n = cs_utf8_cut(d->whole.data + d->sent, waiting, DELTA_BYTES);
        if (n == 0)
            return;
        delta_emit(d, n);
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
        delta_emit(d, cs_utf8_cut(d->whole.data + d->sent, DELTA_BYTES, DELTA_BYTES));
    delta_tick(d);
}

void delta_flush(struct delta *d)
{
    if (d->sent == d->whole.len)
        return;
    emit_whole_chars(d);
    delta_emit(d, d->whole.len - d->sent); /* the beginning of a character that never came whole */
}

void delta_free(struct delta *d)
{
    cs_buf_free(&d->whole);
}
