/* A share of the workspace. */
#include "edge/readers.h"

#include "bus/share.h"

static struct cs_share readers = CS_SHARE_INIT("followed_turns");
static size_t limit;

void readers_limit(size_t n)
{
    limit = n;
}

bool readers_enter(const char *tenant)
{
    return cs_share_take(&readers, tenant, limit);
}

void readers_leave(const char *tenant)
{
    cs_share_return(&readers, tenant);
}
