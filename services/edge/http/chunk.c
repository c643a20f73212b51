/* A state machine over the bytes between the data, and the data moved as a whole. */
#include "edge/http/chunk.h"

#include <string.h>

enum chunk_state {
    IN_SIZE, /* first: the decoder begins zeroed */
    IN_EXTENSION,
    SIZE_LF,
    IN_DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START, /* of a line */
    IN_TRAILER,
    TRAILER_LF,
    LAST_LF,
};

enum { MORE = -2, MALFORMED = -1, DIGITS_MAX = 8, DROPPED_MAX = 8192 };

_Static_assert(sizeof(struct chunk_decoder) == 16, "h2o allocates 16 bytes");

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int chunk_to(struct chunk_decoder *d, enum chunk_state state)
{
    d->state = (char)state;
    return MORE;
}

static int size_step(struct chunk_decoder *d, char c)
{
    int v = hex_value(c);

    if (v >= 0 && d->digits < DIGITS_MAX) {
        d->left = d->left * 16 + (size_t)v;
        d->digits++;
        return MORE;
    }
    if (d->digits == 0 || (c != '\r' && c != ';'))
        return MALFORMED;
    d->digits = 0;
    d->dropped = 0;
    return chunk_to(d, c == ';' ? IN_EXTENSION : SIZE_LF);
}

/* a byte of an extension or a trailer: up to the CR, with no other control character */
static int dropped_step(struct chunk_decoder *d, char c, enum chunk_state after)
{
    if (c == '\r')
        return chunk_to(d, after);
    if (((unsigned char)c < ' ' && c != '\t') || c == 127 || ++d->dropped > DROPPED_MAX)
        return MALFORMED;
    return MORE;
}

static int line_end(struct chunk_decoder *d, char c, enum chunk_state after)
{
    return c == '\n' ? chunk_to(d, after) : MALFORMED;
}

/* MORE, MALFORMED, or 0: that was the last byte of the body */
static int chunk_step(struct chunk_decoder *d, char c)
{
    switch ((enum chunk_state)d->state) {
    case IN_SIZE: return size_step(d, c);
    case IN_EXTENSION: return dropped_step(d, c, SIZE_LF);
    case SIZE_LF: return line_end(d, c, d->left ? IN_DATA : TRAILER_START);
    case DATA_CR: return c == '\r' ? chunk_to(d, DATA_LF) : MALFORMED;
    case DATA_LF: return line_end(d, c, IN_SIZE);
    case TRAILER_START:
        if (c == '\r')
            return chunk_to(d, LAST_LF);
        if (c == ' ' || c == '\t' || c == ':')
            return MALFORMED;
        chunk_to(d, IN_TRAILER);
        return dropped_step(d, c, TRAILER_LF);
    case IN_TRAILER: return dropped_step(d, c, TRAILER_LF);
    case TRAILER_LF: return line_end(d, c, TRAILER_START);
    case LAST_LF: return c == '\n' ? 0 : MALFORMED;
    case IN_DATA: break;
    }
    return MALFORMED;
}

ssize_t chunk_decode(struct chunk_decoder *d, char *buf, size_t *len)
{
    size_t from = 0, to = 0, n = *len;
    int r = MORE;

    while (from < n && r == MORE) {
        if (d->state != IN_DATA) {
            r = chunk_step(d, buf[from++]);
            continue;
        }
        size_t take = n - from < d->left ? n - from : d->left;
        memmove(buf + to, buf + from, take);
        from += take;
        to += take;
        d->left -= take;
        if (d->left == 0)
            chunk_to(d, DATA_CR);
    }
    *len = to;
    if (r != 0)
        return r;
    memmove(buf + to, buf + from, n - from);
    return (ssize_t)(n - from);
}
