#pragma once
/*
 * chunk: a body in Transfer-Encoding chunked, decoded in place and strictly.
 *
 * The decoder of h2o 2.2.5 takes `0x2` for a last chunk and an LF for the end of a line, so a proxy
 * in front may see another end of the body. Here a size is 1 to 8 hexadecimal digits, a line ends
 * with CR LF, and extensions and trailers are dropped and bounded. Pure.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The size and the first fields of h2o's struct phr_chunked_decoder, which h2o allocates zeroed. */
struct chunk_decoder {
    size_t left; /* bytes of the chunk that are to come */
    char consume_trailer, digits, state;
    uint16_t dropped; /* bytes of this extension, or of the trailer */
};

/*
 * Decodes buf[*len]; *len is then the length of the data at its beginning. -2: more is needed; -1:
 * malformed; else the body is complete and so many bytes after it stand behind the data.
 */
ssize_t chunk_decode(struct chunk_decoder *d, char *buf, size_t *len);
