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

/* Fills the answer of register, login and refresh. */
int session_reply(struct cs_call *call, const struct session *session, const struct account *acc,
                  Session *rep);
