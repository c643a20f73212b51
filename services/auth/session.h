#pragma once
/* session: signing in, and staying signed in. A session is a family of refresh tokens. */
#include "auth/store.h"
#include "chatsphere/v1/names.h"

struct session {
    struct session_row row;
    char *refresh; /* the token whose hash is in row */
};

/* A new one, nothing stored yet; user_agent and address are those of the device, NULL: unknown. */
void session_new(struct cs_call *call, const char *user_agent, const char *address,
                 struct session *ret);

/*
 * Whether a call of the lane of passwords comes from a network that this account, under the name that
 * it gives, signed in from before, or of somebody who is signed in. As cs_lane.friendly wants it.
 */
bool session_friendly(const char *method, const void *body, size_t len);

/* Fills the answer of register, login and refresh. */
int session_reply(struct cs_call *call, const struct session *session, const struct account *acc,
                  Session *rep);
