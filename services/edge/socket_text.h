#pragma once
/*
 * socket_text: the JSON messages of a WebSocket: those of a client read, frames written. Pure; memory of the arena.
 */
#include "base/arena.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

enum socket_kind {
    SOCKET_AUTH,    /* token */
    SOCKET_MESSAGE, /* content, client_id */
    SOCKET_CANCEL,  /* turn_id */
    SOCKET_RESUME,  /* turn_id, after */
    SOCKET_PING,
};

enum { SOCKET_CLIENT_ID = 64 /* characters of a client_id */ };

struct socket_message {
    enum socket_kind kind;
    const char *token, *content, *client_id, *turn_id; /* NULL: not given */
    uint32_t after;
};

/* False: errors has the wrong fields. ret->client_id is set as soon as it is known to be good. */
bool socket_read(struct cs_arena *a, const char *text, size_t len, struct socket_message *ret,
                 struct pbjson_errors *errors);

/*
 * {"type": kind, "seq", "turn_id", fields}, with the fields of `data`, a JSON object, flat beside them. seq 0 and NULL
 * are left out.
 */
const char *socket_write(struct cs_arena *a, const char *kind, uint32_t seq, const char *turn_id,
                         const char *client_id, const char *data, size_t data_len, size_t *ret_len);
