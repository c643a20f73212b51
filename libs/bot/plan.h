#pragma once
/*
 * plan: the numbers of a workspace's plan, for the services that keep them. Each service counts what
 * it owns in its own schema, in the transaction that uses it.
 *
 * A plan is cached for 2 s, and auth publishes what has changed, so a new plan and a suspended workspace
 * are noticed by then everywhere.
 * Plans live in the call's arena. Any thread.
 */
#include "bus/service.h"
#include "chatsphere/v1/names.h"

/* The plan of a workspace; an absent number is no limit. FORBIDDEN: the workspace is suspended. */
int cs_plan_get(struct cs_call *call, const char *tenant, Plan **ret);

#define CS_PLAN_CHANGES "cache.plan" /* chatsphere.ctl.cache.plan.<tenant>, also the payload */

/* A row for the cs_ctl table of a service. */
void cs_plan_on_change(const char *subject, const char *tenant, size_t len);
#define CS_PLAN_CTL                                                                                \
    {                                                                                              \
        .subject = CS_PLAN_CHANGES ".*", .fn = cs_plan_on_change                                   \
    }

/* INT64_MAX without a limit */
#define CS_PLAN(plan_, field_) ((plan_)->has_##field_ ? (plan_)->field_ : INT64_MAX)
