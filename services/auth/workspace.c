/* workspace: the platform's staff look after all workspaces, and suspend and resume them. */
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/store.h"

#include "base/id.h"
#include "base/log.h"
#include "bot/plan.h"
#include "bus/event.h"
#include "chatsphere/v1/names.h"
#include "pg/pg.h"

#include <string.h>

static const char SUSPENDED[] = "suspended";

static void workspace_fill(PlatformWorkspace *rep, const struct workspace_row *w)
{
    rep->id = w->tenant;
    rep->name = w->name;
    rep->plan = w->plan;
    PlatformWorkspace_set_status(rep, strcmp(w->status, SUSPENDED) == 0 ? WORKSPACE_STATUS_SUSPENDED
                                                                        : WORKSPACE_STATUS_ACTIVE);
    rep->owner_id = w->owner;
    PlatformWorkspace_set_created_at(rep, w->created_ms);
}

CS_HANDLER(Auth, list_workspaces, ListWorkspacesRequest, PlatformWorkspaceList)
{
    struct workspace_row *rows;
    struct cs_page page;
    const char *staff;
    size_t n;
    bool more;
    int r;

    if ((r = caller_staff(call, &staff)) < 0 ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = store_workspaces_page(call, &page, &rows, &n)) < 0)
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, PlatformWorkspace *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = PlatformWorkspace_new(call->arena);
        workspace_fill(rep->items[i], &rows[i]);
    }
    if (more)
        rep->next_cursor = cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms,
                                        rows[rep->n_items - 1].tenant);
    return 0;
}

static int workspace_find(struct cs_call *call, const char *id, struct workspace_row **ret)
{
    int r = 0;

    *ret = NULL;
    if (cs_id_valid(id))
        r = store_workspace(call, id, ret);
    if (r == 0 && !*ret)
        return cs_fail(call, CS_NOT_FOUND, "The workspace does not exist.");
    return r;
}

CS_HANDLER(Auth, get_workspace, WorkspaceRequest, PlatformWorkspace)
{
    struct workspace_row *w;
    const char *staff;
    int r;

    if ((r = caller_staff(call, &staff)) < 0 || (r = workspace_find(call, req->id, &w)) < 0)
        return r;
    workspace_fill(rep, w);
    return 0;
}

/* in the open transaction of the workspace */
static void workspace_event(struct cs_call *call, const PlatformWorkspace *workspace,
                            const char *event)
{
    WorkspaceEvent payload = WORKSPACE_EVENT_INIT;

    payload.workspace_id = workspace->id;
    cs_event(call, &(struct cs_event){
                       .tenant = workspace->id,
                       .aggregate = "workspace",
                       .event = event,
                       .id = workspace->id,
                       .payload = &payload.base,
                   });
}

static int workspace_set_status(struct cs_call *call, struct workspace_row *w, const char *status,
                                PlatformWorkspace *rep)
{
    int r = store_workspace_status(call, w->tenant, status);

    if (r < 0)
        return r;
    w->status = cs_strdup(call->arena, status);
    workspace_fill(rep, w);
    if (r == STORE_NONE) /* another request was first */
        return 0;
    workspace_event(call, rep, strcmp(status, SUSPENDED) == 0 ? SUSPENDED : "resumed");
    if ((r = store_commit(call)) == 0)
        cs_ctl_publish(CS_PLAN_CHANGES, w->tenant, w->tenant);
    return r;
}

CS_HANDLER(Auth, update_workspace, UpdateWorkspaceRequest, PlatformWorkspace)
{
    bool suspend = req->has_status && req->status == WORKSPACE_STATUS_SUSPENDED;
    struct workspace_row *w;
    const char *staff;
    int r;

    if ((r = caller_staff(call, &staff)) < 0)
        return r;
    if (req->has_status && req->status == WORKSPACE_STATUS_UNSPECIFIED)
        return cs_fail_field(call, "status", "The value must be active or suspended.");
    if (suspend && call->tenant && strcasecmp(req->id, call->tenant) == 0)
        return cs_fail(call, CS_CONFLICT, "Staff cannot suspend their own workspace.");
    if ((r = workspace_find(call, req->id, &w)) < 0)
        return r;
    workspace_fill(rep, w);
    if (!req->has_status || suspend == (strcmp(w->status, SUSPENDED) == 0))
        return 0;
    r = workspace_set_status(call, w, suspend ? SUSPENDED : "active", rep);
    if (r == 0)
        cs_log(CS_INFO, "staff changed a workspace", "staff", staff, "workspace", w->tenant,
               "status", w->status, NULL);
    return r;
}
