#pragma once
/*
 * caller: who asks, by the context that the edge has signed. Every rpc that changes something or looks
 * across workspaces is signed (bus/signature.h) before its handler runs. Each function returns 0, or
 * negative with the problem on the call.
 */
#include "bus/service.h"

int caller_user(struct cs_call *call, const char **ret_user); /* a person who is signed in */
int caller_manager(struct cs_call *call,
                   const char **ret_user);                     /* owner or admin of the workspace */
int caller_staff(struct cs_call *call, const char **ret_user); /* platform staff */

/* Id of the session that the caller's token belongs to, or NULL. */
const char *caller_session(const struct cs_call *call);
