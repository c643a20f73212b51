#pragma once
/*
 * auth: who people are and what they may do. Owns users, workspaces, members, sessions, API keys,
 * plans and usage (schema auth); gives out every token of the platform. It calls no other service.
 *
 * Handlers live in the file of their noun:
 *   account.c  get_me update_me change_password   registration.c  register_user get_options
 *   session.c  login list_device_sessions end_device_session     refresh.c  refresh logout
 *   invitation.c  create_platform_invitation list_platform_invitations revoke_platform_invitation
 *   apikey.c   create_api_key list_api_keys get_api_key delete_api_key
 *   plan.c     list_plans get_usage          staff.c  list_users get_user update_user
 *   workspace.c  list_workspaces get_workspace update_workspace   standing.c  check_standing
 *   token.c    get_jwks issue_visitor_token  credential.c  check_credential
 */
#include "bus/service.h"

int auth_start(void);
void auth_stop(void);

/* Reaction to message.completed: counts it into the month's use. */
int usage_count(struct cs_call *call, const struct cs_happened *events, size_t n);

/* Tickers: the first makes the platform's administrator when there is none. */
void seed_staff(struct cs_call *call);
bool seed_under_way(void);
bool refresh_under_way(void); /* whether a token was exchanged here shortly before */
