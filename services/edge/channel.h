#pragma once
/*
 * channel: the sockets of one conversation on a loop, and the turns that they hear.
 *
 * A turn is heard by all sockets that were in the channel when it began: one that a socket asked, and, by the announcement of
 * chat, one that began anywhere else. A socket that comes later asks for a turn with `resume` and gets it alone.
 * On the loop's thread; a loop hears announcements while it has a socket.
 */
#include "edge/socket.h"

#include "pbjson/contract.h"

struct channels;

struct channels *channels_new(struct edge *e);
void channels_free(struct channels *r);
void channels_turn(struct channels *r);         /* after each turn of the loop */
void channels_count(struct channels *r, int n); /* sockets more, or fewer */

void channel_join(struct socket *s); /* of s->conversation */
void channel_leave(struct socket *s);
/* Whether the socket hears a turn that is not over. */
bool channel_busy(const struct socket *s);

/* Begins a turn; msg is of rpc, which answers with a Turn. client_id may be NULL. */
void channel_ask(struct socket *s, const struct cs_rpc *rpc, const ProtobufCMessage *msg,
                 const char *question, const char *client_id);
void channel_resume(struct socket *s, const char *turn, uint32_t after);
