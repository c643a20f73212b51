#pragma once
/*
 * visitor: the caller of public chat. A visitor's session is a conversation that belongs to visitor:<its own id>, and
 * the token of the session makes a caller its visitor. Functions return as handlers do. Any thread.
 */
#include "bus/call.h"
#include "chatsphere/v1/names.h"

/* The public bot, for a page of this origin. origin and host as the edge saw them; either may be NULL. */
int visitor_bot(struct cs_call *call, const char *id, const char *origin, const char *host,
                Bot **ret);

/* The caller is the visitor of this session, whose workspace is not suspended. */
int visitor_need(struct cs_call *call, const char *session);

/* The same for content that is kept of a session: no caller may see it once the bot is not public. */
int visitor_need_public(struct cs_call *call, const char *bot, const char *session);

/* A token of the session for pages of an origin; NULL: for any page. */
int visitor_token(struct cs_call *call, const Bot *bot, const char *session, const char *origin,
                  VisitorToken **ret);

/* Where a visitor talks, as the list of a workspace shows it: a page of another site has the widget. */
void visitor_channel(struct cs_arena *a, Conversation *c, const char *origin, const char *host);

/* From here on the call is the visitor's; the context that the edge signed no longer describes it. */
void visitor_become(struct cs_call *call, const Bot *bot, const char *session);
