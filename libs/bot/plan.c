/* Plans of auth through a cache of packed messages. */
#include "bot/plan.h"

#include "base/recent.h"
#include "pbjson/pbjson.h"

static struct cs_recent recent = CS_RECENT_INIT(2000);

/* asked as the service, since a visitor's call has no tenant before its bot is known */
static int plan_fetch(struct cs_call *call, const char *tenant, Plan **ret)
{
    const Empty req = EMPTY_INIT;
    const char *own_tenant = call->tenant, *own_principal = call->principal;
    UsageReport *usage;
    const void *packed;
    size_t len;
    int r;

    call->tenant = tenant;
    if (!call->principal)
        call->principal = "service:plan";
    r = auth_get_usage(call, &req, &usage);
    call->tenant = own_tenant;
    call->principal = own_principal;
    if (r < 0)
        return r;
    *ret = usage->plan ? usage->plan : Plan_new(call->arena);
    packed = pbjson_pack(call->arena, &(*ret)->base, &len);
    cs_recent_put(&recent, tenant, tenant, packed, len);
    return 0;
}

void cs_plan_on_change(const char *subject, const char *tenant, size_t len)
{
    (void)subject;
    cs_recent_drop(&recent, tenant, len);
}

int cs_plan_get(struct cs_call *call, const char *tenant, Plan **ret)
{
    const char *owner;
    size_t len;
    const void *packed = cs_recent_get(&recent, call->arena, tenant, tenant, &owner, &len);

    *ret = packed
               ? (Plan *)pbjson_unpack(call->arena, &chatsphere__v1__plan__descriptor, packed, len)
               : NULL;
    return *ret ? 0 : plan_fetch(call, tenant, ret);
}
