/* start: keys, and the platform's administrator on the first start. */
#include "auth/account.h"
#include "auth/auth.h"
#include "auth/hasher.h"
#include "auth/password.h"
#include "auth/registration.h"
#include "auth/token.h"

#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "obs/admin.h"
#include "obs/secret_watch.h"

#include <stdatomic.h>

static const char condition[] = "platform staff";
static atomic_bool seeded;

static int setting_wrong(const char *name, const char *wrong)
{
    cs_log(CS_ERROR, "a setting is wrong", "setting", name, "reason", wrong, NULL);
    return -1;
}

static int jwt_key_load(const char *text)
{
    return token_load(text) == 0
               ? 0
               : setting_wrong("CHATSPHERE_JWT_KEY", "must be private EC P-256 keys as PEM");
}

int auth_start(void)
{
    struct cs_arena a;
    const char *wrong;

    cs_arena_init(&a);
    wrong = password_wrong(&a, cs_env("ADMIN_PASSWORD"));
    cs_arena_dispose(&a);
    if (wrong)
        return setting_wrong("CHATSPHERE_ADMIN_PASSWORD", wrong);
    if (!registration_init(cs_env("REGISTRATION")))
        return setting_wrong("CHATSPHERE_REGISTRATION", "must be open, invite or closed");
    if (jwt_key_load(cs_env("JWT_KEY")) < 0)
        return -1;
    cs_secret_watch("JWT_KEY", jwt_key_load);
    hasher_start((size_t)cs_env_int("PASSWORD_CALLS") / 2);
    cs_ready_set(condition, false);
    return 0;
}

void auth_stop(void)
{
    hasher_stop();
    token_free();
}

/* the open transaction of store_staff_absent() ends here */
static int staff_seed(struct cs_call *call, char *tenant)
{
    struct account *acc = account_new(call, SEED_USERNAME, SEED_EMAIL);
    const char *taken;
    int r;

    acc->password =
        password_hash(call->arena, cs_env("ADMIN_PASSWORD")); /* on the ticker's thread */
    acc->tenant = tenant;
    acc->staff = true;
    acc->workspace = cs_strdup(call->arena, "Platform");
    acc->plan = cs_strdup(call->arena, "unlimited");
    store_account_push(call, acc);
    account_event(call, acc, "created", NULL);
    r = store_register_end(call, &taken);
    if (r == 0)
        cs_log(CS_INFO, "the platform's administrator was created", "username", acc->username,
               NULL);
    if (r == STORE_TAKEN)
        cs_log(CS_ERROR, "the administrator's username or email address belongs to another user",
               "field", taken, NULL);
    return r;
}

/* tries each second until the database is there and there is staff */
bool seed_under_way(void)
{
    return !atomic_load(&seeded);
}

void seed_staff(struct cs_call *call)
{
    char *tenant;
    bool absent;

    if (atomic_load(&seeded))
        return;
    tenant = cs_alloc(call->arena, CS_ID_SIZE);
    cs_id_new(tenant);
    if (store_staff_absent(call, tenant, &absent) < 0 || (absent && staff_seed(call, tenant) != 0))
        return;
    atomic_store(&seeded, true);
    cs_ready_set(condition, true);
}
