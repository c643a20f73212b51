#pragma once
/*
 * auth: who people are and what they may do. Owns users, workspaces, members, sessions, API keys,
 * plans and usage (schema auth); gives out every token of the platform. It calls no other service.
 *
 * Handlers live in the file of their noun:
 *   account.c  register_user get_me update_me change_password    session.c  login
 *   refresh.c  refresh logout
 *   apikey.c   create_api_key list_api_keys get_api_key delete_api_key
 *   plan.c     list_plans get_usage          staff.c  list_users get_user update_user
 *   token.c    get_jwks issue_visitor_token  credential.c  check_credential
 */
#include "bus/service.h"

CS_ROW_DECLARE(register_user);
CS_ROW_DECLARE(login);
CS_ROW_DECLARE(refresh);
CS_ROW_DECLARE(logout);
CS_ROW_DECLARE(get_me);
CS_ROW_DECLARE(update_me);
CS_ROW_DECLARE(change_password);
CS_ROW_DECLARE(create_api_key);
CS_ROW_DECLARE(list_api_keys);
CS_ROW_DECLARE(get_api_key);
CS_ROW_DECLARE(delete_api_key);
CS_ROW_DECLARE(list_plans);
CS_ROW_DECLARE(get_usage);
CS_ROW_DECLARE(list_users);
CS_ROW_DECLARE(get_user);
CS_ROW_DECLARE(update_user);
CS_ROW_DECLARE(get_jwks);
CS_ROW_DECLARE(check_credential);
CS_ROW_DECLARE(issue_visitor_token);

int auth_start(void);
void auth_stop(void);

/* Reaction to message.completed: counts it into the month's use. */
int usage_count(struct cs_call *call, const struct cs_happened *events, size_t n);

/* Tickers: the first makes the platform's administrator when there is none. */
void seed_staff(struct cs_call *call);
void session_purge(struct cs_call *call);
void refresh_erase(struct cs_call *call);
