/* Accounts, sessions, API keys, plans and usage in SQL, a section each. */
#include "auth/store.h"

#include "bus/event.h"
#include "pg/pg.h"

#include <string.h>

#define ACCOUNT                                                                                    \
    "id, username, email, password, first_name, last_name, status, is_staff, version, " CS_MS(     \
        "created_at") ", tenant_id, workspace, plan, role, " CS_MS("workspace_at") ", "            \
                                                                                   "workspace_"    \
                                                                                   "status"
#define KEY                                                                                        \
    "id, user_id, name, prefix, scopes, " CS_MS("created_at") ", " CS_MS("expires_at") ", " CS_MS( \
        "last_used_at")
#define PLAN                                                                                       \
    "p.name, p.max_bots, p.max_documents, p.max_document_bytes, p.max_messages, p.max_tokens,"     \
    " p.max_api_keys, p.max_public_messages_day, p.max_public_messages,"                           \
    " p.conversation_days, p.max_webhooks, p.max_event_subscriptions"
#define MS(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"

static struct account *account_row(struct cs_call *call, const PGresult *r, int row,
                                   struct account *acc)
{
    struct cs_arena *a = call->arena;

    acc->id = cs_strdup(a, cs_pg_text(r, row, 0));
    acc->username = cs_strdup(a, cs_pg_text(r, row, 1));
    acc->email = cs_strdup(a, cs_pg_text(r, row, 2));
    acc->password = cs_strdup(a, cs_pg_text(r, row, 3));
    acc->first_name = cs_strdup(a, cs_pg_text(r, row, 4));
    acc->last_name = cs_strdup(a, cs_pg_text(r, row, 5));
    acc->status = cs_strdup(a, cs_pg_text(r, row, 6));
    acc->staff = cs_pg_bool(r, row, 7);
    acc->version = cs_pg_i64(r, row, 8);
    acc->created_ms = cs_pg_i64(r, row, 9);
    acc->tenant = cs_strdup(a, cs_pg_text(r, row, 10));
    acc->workspace = cs_strdup(a, cs_pg_text(r, row, 11));
    acc->plan = cs_strdup(a, cs_pg_text(r, row, 12));
    acc->role = cs_strdup(a, cs_pg_text(r, row, 13));
    acc->workspace_ms = cs_pg_i64(r, row, 14);
    acc->workspace_status = cs_strdup(a, cs_pg_text(r, row, 15));
    return acc;
}

/* the only row, or NULL in *ret */
static int account_one(struct cs_call *call, const PGresult *r, struct account **ret)
{
    if (!r)
        return cs_fail_pg(call);
    *ret =
        PQntuples(r) > 0 ? account_row(call, r, 0, CS_NEW(call->arena, struct account, 1)) : NULL;
    return 0;
}

/* ---- accounts ---- */

static const struct cs_stmt ACCOUNT_OF = {"account_of",
                                          "select " ACCOUNT " from account_of($1::uuid)"};
static const struct cs_stmt ACCOUNT_BY_LOGIN = {"account_by_login",
                                                "select " ACCOUNT " from account_by_login($1, $2)"};
static const struct cs_stmt ACCOUNTS_PAGE = {
    "accounts_page", "select " ACCOUNT " from accounts_page($1::bigint, $2::uuid, $3::int)"};
static const struct cs_stmt WORKSPACE_ADD = {
    "workspace_add", "insert into workspaces (tenant_id, name, plan, created_at) "
                     "values ($1::uuid, $2, $3, " MS("$4") ")"};
static const struct cs_stmt USER_ADD = {
    "user_add",
    "insert into users (tenant_id, id, username, email, password, first_name, last_name, is_staff,"
    " created_at) values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8::boolean, " MS("$9") ")"};
static const struct cs_stmt MEMBER_ADD = {
    "member_add", "insert into members (tenant_id, user_id, role) values ($1::uuid, $2::uuid, $3)"};
static const struct cs_stmt PROFILE = {
    "profile", "update users set first_name = case when $2::boolean then $3 else first_name end,"
               " last_name = case when $4::boolean then $5 else last_name end,"
               " version = version + 1 where id = $1::uuid"};
static const struct cs_stmt PASSWORD = {
    "password", "update users set password = $2, version = version + 1 where id = $1::uuid"};
static const struct cs_stmt SESSIONS_END = {
    "sessions_end",
    "update sessions set ended_at = now() where tenant_id = $1::uuid"
    " and user_id = $2::uuid and id is distinct from $3::uuid and ended_at is null"};
static const struct cs_stmt STATUS = {
    "status", "update users set status = coalesce($2, status), version = version + 1"
              " where id = $1::uuid"};
static const struct cs_stmt PLAN_SET = {
    "plan_set", "update workspaces set plan = $2 where tenant_id = $1::uuid"};
static const struct cs_stmt STAFF_TURN = {"staff_turn",
                                          "select pg_advisory_xact_lock(hashtext('auth staff'))"};
static const struct cs_stmt STAFF_EXISTS = {"staff_exists", "select staff_exists()"};

int store_account(struct cs_call *call, const char *user, struct account **ret)
{
    cs_pg_begin(call->pg, NULL);
    return store_account_last(call, user, ret);
}

int store_account_last(struct cs_call *call, const char *user, struct account **ret)
{
    return account_one(call, cs_pg_last(call->pg, &ACCOUNT_OF, CS_S(user)), ret);
}

int store_account_by_login(struct cs_call *call, const char *username, const char *email,
                           struct account **ret)
{
    cs_pg_begin(call->pg, NULL);
    return account_one(call, cs_pg_last(call->pg, &ACCOUNT_BY_LOGIN, CS_S(username), CS_S(email)),
                       ret);
}

int store_accounts_page(struct cs_call *call, const struct cs_page *page, struct account **ret,
                        size_t *ret_n)
{
    const PGresult *r;
    int n;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &ACCOUNTS_PAGE, page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id),
                   CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct account, n);
    for (int i = 0; i < n; i++)
        account_row(call, r, i, &(*ret)[i]);
    *ret_n = (size_t)n;
    return 0;
}

void store_account_push(struct cs_call *call, const struct account *acc)
{
    cs_pg_push(call->pg, &WORKSPACE_ADD, CS_S(acc->tenant), CS_S(acc->workspace), CS_S(acc->plan),
               CS_I(acc->workspace_ms));
    cs_pg_push(call->pg, &USER_ADD, CS_S(acc->tenant), CS_S(acc->id), CS_S(acc->username),
               CS_S(acc->email), CS_S(acc->password), CS_S(acc->first_name), CS_S(acc->last_name),
               CS_BOOL(acc->staff), CS_I(acc->created_ms));
    cs_pg_push(call->pg, &MEMBER_ADD, CS_S(acc->tenant), CS_S(acc->id), CS_S(acc->role));
}

int store_register(struct cs_call *call, const struct account *acc,
                   const struct session_row *session, const unsigned char *invitation)
{
    int r;

    cs_pg_begin(call->pg, acc->tenant);
    if (invitation && (r = store_invitation_use(call, invitation, acc)) != 0)
        return r;
    store_account_push(call, acc);
    store_session_push(call, acc, session);
    return 0;
}

int store_register_end(struct cs_call *call, const char **ret_taken)
{
    if (cs_pg_commit(call->pg) == 0) {
        cs_outbox_wake();
        return 0;
    }
    if (!cs_pg_unique_violation(call->pg))
        return cs_fail_pg(call);
    *ret_taken = strcmp(cs_pg_constraint(call->pg), "users_email") == 0 ? "email" : "username";
    cs_pg_rollback(call->pg);
    return STORE_TAKEN;
}

/* what the open transaction has made of it */
static int account_changed(struct cs_call *call, const char *user, struct account **ret)
{
    int r = account_one(call, cs_pg_query(call->pg, &ACCOUNT_OF, CS_S(user)), ret);

    if (r < 0 || *ret)
        return r;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

int store_profile(struct cs_call *call, const char *user, const struct profile_change *c,
                  struct account **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &PROFILE, CS_S(user), CS_BOOL(c->set_first_name), CS_S(c->first_name),
               CS_BOOL(c->set_last_name), CS_S(c->last_name));
    return account_changed(call, user, ret);
}

int store_password(struct cs_call *call, const struct account *acc, const char *hash,
                   const char *keep, struct account **ret)
{
    cs_pg_begin(call->pg, acc->tenant);
    cs_pg_push(call->pg, &PASSWORD, CS_S(acc->id), CS_S(hash));
    cs_pg_push(call->pg, &SESSIONS_END, CS_S(acc->tenant), CS_S(acc->id), CS_S(keep));
    return account_changed(call, acc->id, ret);
}

int store_standing(struct cs_call *call, const struct account *acc, const char *status,
                   const char *plan, struct account **ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, acc->tenant);
    if (plan)
        cs_pg_push(call->pg, &PLAN_SET, CS_S(acc->tenant), CS_S(plan));
    if (status && strcmp(status, "suspended") == 0)
        cs_pg_push(call->pg, &SESSIONS_END, CS_S(acc->tenant), CS_S(acc->id), CS_NULL);
    cs_pg_push(call->pg, &STATUS, CS_S(acc->id), CS_S(status));
    r = cs_pg_query(call->pg, &ACCOUNT_OF, CS_S(acc->id));
    if (!r && strcmp(cs_pg_constraint(call->pg), "workspaces_plan_fkey") == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    return account_one(call, r, ret);
}

int store_staff_absent(struct cs_call *call, const char *tenant, bool *ret_absent)
{
    const PGresult *r;

    cs_pg_begin(call->pg, tenant);
    cs_pg_push(call->pg, &STAFF_TURN);
    r = cs_pg_query(call->pg, &STAFF_EXISTS);
    if (!r)
        return cs_fail_pg(call);
    *ret_absent = !cs_pg_bool(r, 0, 0);
    if (!*ret_absent)
        cs_pg_rollback(call->pg);
    return 0;
}

/* ---- API keys ---- */

/* held to the commit: who comes at the same moment counts afterwards */
static const struct cs_stmt KEY_TURN = {
    "key_turn", "select p.max_api_keys from workspaces w join plans p on p.name = w.plan"
                " where w.tenant_id = $1::uuid for no key update of w"};
static const struct cs_stmt KEY_ADD = {
    "key_add",
    "insert into api_keys (tenant_id, id, user_id, name, scopes, hash, prefix, created_at,"
    " expires_at) select $1::uuid, $2::uuid, $3::uuid, $4, $5::text[], $6::bytea, $7, " MS(
        "$8") ", " MS("$9") " where (select count(*) from api_keys) < $10::bigint returning id"};
static const struct cs_stmt KEY_BY_ID = {"key_by_id",
                                         "select " KEY " from api_keys where id = $1::uuid"};
static const struct cs_stmt KEY_REMOVE = {
    "key_remove", "delete from api_keys where id = $1::uuid returning " KEY};
static const struct cs_stmt KEYS_PAGE = {
    "keys_page",
    "select " KEY " from api_keys where $1::bigint is null"
    " or (created_at, id) < (" MS("$1") ", $2::uuid)"
                                        " order by created_at desc, id desc limit $3::int"};

static void key_row(struct cs_call *call, const PGresult *r, int row, struct key_row *k)
{
    struct cs_arena *a = call->arena;

    k->id = cs_strdup(a, cs_pg_text(r, row, 0));
    k->user = cs_strdup(a, cs_pg_text(r, row, 1));
    k->name = cs_strdup(a, cs_pg_text(r, row, 2));
    k->prefix = cs_strdup(a, cs_pg_text(r, row, 3));
    k->scopes = cs_pg_texts(a, r, row, 4, &k->n_scopes);
    k->created_ms = cs_pg_i64(r, row, 5);
    k->expires_ms = cs_pg_i64(r, row, 6);
    k->last_used_ms = cs_pg_i64(r, row, 7);
}

static int key_one(struct cs_call *call, const PGresult *r, struct key_row **ret)
{
    if (!r)
        return cs_fail_pg(call);
    *ret = NULL;
    if (PQntuples(r) > 0) {
        *ret = CS_NEW(call->arena, struct key_row, 1);
        key_row(call, r, 0, *ret);
    }
    return 0;
}

int store_key_add(struct cs_call *call, const struct key_row *key, int64_t *ret_max)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_query(call->pg, &KEY_TURN, CS_S(call->tenant));
    if (!r)
        return cs_fail_pg(call);
    *ret_max = PQntuples(r) > 0 && cs_pg_text(r, 0, 0) ? cs_pg_i64(r, 0, 0) : STORE_MAX_KEYS;
    r = cs_pg_query(call->pg, &KEY_ADD, CS_S(call->tenant), CS_S(key->id), CS_S(key->user),
                    CS_S(key->name), CS_S(cs_pg_array(call->arena, key->scopes, key->n_scopes)),
                    CS_B(key->hash, STORE_HASH), CS_S(key->prefix), CS_I(key->created_ms),
                    key->expires_ms ? CS_I(key->expires_ms) : CS_NULL, CS_I(*ret_max));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_FULL;
}

int store_key_remove(struct cs_call *call, const char *id, struct key_row **ret)
{
    int r;

    cs_pg_begin(call->pg, call->tenant);
    r = key_one(call, cs_pg_query(call->pg, &KEY_REMOVE, CS_S(id)), ret);
    if (r < 0 || *ret)
        return r;
    cs_pg_rollback(call->pg);
    return STORE_NONE;
}

int store_key(struct cs_call *call, const char *id, struct key_row **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return key_one(call, cs_pg_last(call->pg, &KEY_BY_ID, CS_S(id)), ret);
}

int store_keys_page(struct cs_call *call, const struct cs_page *page, struct key_row **ret,
                    size_t *ret_n)
{
    const PGresult *r;
    int n;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &KEYS_PAGE, page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id),
                   CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct key_row, n);
    for (int i = 0; i < n; i++)
        key_row(call, r, i, &(*ret)[i]);
    *ret_n = (size_t)n;
    return 0;
}

/* ---- plans ---- */

static const struct cs_stmt PLANS = {"plans", "select " PLAN " from plans p order by p.rank"};
static const struct cs_stmt USAGE = {
    "usage",
    "select " PLAN
    ", " CS_MS("month.began") ", coalesce(u.messages, 0),"
                              " coalesce(u.prompt_tokens, 0), coalesce(u.completion_tokens, 0)"
                              ", not workspace_active(w.tenant_id)"
                              " from (select date_trunc('month', now(), 'UTC') as began) month"
                              " cross join workspaces w join plans p on p.name = w.plan"
                              " left join usage u on u.tenant_id = w.tenant_id and u.month = "
                              "(month.began at time zone 'UTC')::date"
                              " where w.tenant_id = $1::uuid"};

static int64_t limit_column(const PGresult *r, int row, int col)
{
    return cs_pg_text(r, row, col) ? cs_pg_i64(r, row, col) : -1;
}

static void plan_row(struct cs_call *call, const PGresult *r, int row, struct plan_row *p)
{
    p->name = cs_strdup(call->arena, cs_pg_text(r, row, 0));
    p->max_bots = limit_column(r, row, 1);
    p->max_documents = limit_column(r, row, 2);
    p->max_document_bytes = limit_column(r, row, 3);
    p->max_messages = limit_column(r, row, 4);
    p->max_tokens = limit_column(r, row, 5);
    p->max_api_keys = limit_column(r, row, 6);
    p->max_public_messages_day = limit_column(r, row, 7);
    p->max_public_messages = limit_column(r, row, 8);
    p->conversation_days = limit_column(r, row, 9);
    p->max_webhooks = limit_column(r, row, 10);
    p->max_event_subscriptions = limit_column(r, row, 11);
}

int store_plans(struct cs_call *call, struct plan_row **ret, size_t *ret_n)
{
    const PGresult *r;
    int n;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &PLANS);
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, struct plan_row, n);
    for (int i = 0; i < n; i++)
        plan_row(call, r, i, &(*ret)[i]);
    *ret_n = (size_t)n;
    return 0;
}

int store_usage(struct cs_call *call, struct usage_row **ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &USAGE, CS_S(call->tenant));
    if (!r)
        return cs_fail_pg(call);
    *ret = NULL;
    if (PQntuples(r) == 0)
        return 0;
    *ret = CS_NEW(call->arena, struct usage_row, 1);
    plan_row(call, r, 0, &(*ret)->plan);
    (*ret)->since_ms = cs_pg_i64(r, 0, 12);
    (*ret)->messages = cs_pg_i64(r, 0, 13);
    (*ret)->prompt_tokens = cs_pg_i64(r, 0, 14);
    (*ret)->completion_tokens = cs_pg_i64(r, 0, 15);
    (*ret)->suspended = cs_pg_bool(r, 0, 16);
    return 0;
}

static const struct cs_stmt USE = {
    "use", "select use($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])"};

static char *number_text(struct cs_call *call, int64_t n)
{
    return cs_printf(call->arena, "%lld", (long long)n);
}

int store_use(struct cs_call *call, const struct used *used, size_t n)
{
    enum { TENANT, MESSAGE, MS, PROMPT, COMPLETION, COLUMNS };
    const char *arrays[COLUMNS];
    char **columns[COLUMNS];

    for (int c = 0; c < COLUMNS; c++)
        columns[c] = CS_NEW(call->arena, char *, n);
    for (size_t i = 0; i < n; i++) {
        columns[TENANT][i] = (char *)(uintptr_t)used[i].tenant;
        columns[MESSAGE][i] = (char *)(uintptr_t)used[i].message;
        columns[MS][i] = number_text(call, used[i].ms);
        columns[PROMPT][i] = number_text(call, used[i].prompt_tokens);
        columns[COMPLETION][i] = number_text(call, used[i].completion_tokens);
    }
    for (int c = 0; c < COLUMNS; c++)
        arrays[c] = cs_pg_array(call->arena, columns[c], n);
    cs_pg_begin(call->pg, NULL);
    return cs_pg_last(call->pg, &USE, CS_S(arrays[TENANT]), CS_S(arrays[MESSAGE]), CS_S(arrays[MS]),
                      CS_S(arrays[PROMPT]), CS_S(arrays[COMPLETION]))
               ? 0
               : cs_fail_pg(call);
}

/* ---- what is over ---- */

static const struct cs_stmt SESSIONS_PURGE = {"sessions_purge", "select sessions_purge()"};
static const struct cs_stmt INVITATIONS_PURGE = {"invitations_purge",
                                                 "select platform_invitations_purge()"};
static const struct cs_stmt COUNTED_PURGE = {"counted_purge", "select counted_messages_purge()"};

void store_purge(struct cs_call *call)
{
    cs_pg_begin(call->pg, NULL);
    cs_pg_push(call->pg, &COUNTED_PURGE);
    cs_pg_push(call->pg, &INVITATIONS_PURGE);
    if (!cs_pg_last(call->pg, &SESSIONS_PURGE))
        cs_fail_pg(call);
}
