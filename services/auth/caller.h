#pragma once
/*
 * caller: who asks, and whether the edge says so.
 *
 * What changes accounts, gives out tokens or looks across workspaces is done only for a context
 * that the edge has signed: a service's stolen bus credential is not enough. Each function returns 0,
 * or negative with the problem on the call.
 *
 *     if ((r = caller_signed(call)) < 0 || (r = caller_user(call, &user)) < 0)
 *         return r;
 */
#include "bus/service.h"

int caller_init(const char *sign_pub); /* once, at start; 0 or -1 */
void caller_free(void);

int caller_signed(struct cs_call *call);                      /* the edge says so */
int caller_user(struct cs_call *call, const char **ret_user); /* a person who is signed in */
int caller_manager(struct cs_call *call,
                   const char **ret_user);                     /* owner or admin of the workspace */
int caller_staff(struct cs_call *call, const char **ret_user); /* platform staff, and signed */

/* Id of the session that the caller's token belongs to, or NULL. */
const char *caller_session(const struct cs_call *call);
