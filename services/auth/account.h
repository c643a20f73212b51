#pragma once
/* account: users as messages and events. Everything is made in the call's arena. */
#include "auth/store.h"
#include "chatsphere/v1/names.h"

/* A new user with an own workspace, without a password yet. */
struct account *account_new(struct cs_call *call, const char *username, const char *email);

/* The platform's first administrator: nobody else may register these, not even before it exists. */
#define SEED_USERNAME "admin"
#define SEED_EMAIL "admin@chatsphere.local"

bool account_suspended(const struct account *acc);
User *account_user(struct cs_arena *a, const struct account *acc);
Workspace *account_workspace(struct cs_arena *a, const struct account *acc);

/* user.<event> in the open transaction. changed: names of fields, NULL behind them; NULL: none. */
void account_event(struct cs_call *call, const struct account *acc, const char *event,
                   const char *const *changed);
