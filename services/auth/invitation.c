/* invitation: codes by which the platform's staff let people register. A code is in one answer only. */
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/rules.h"
#include "auth/token.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/idempotency.h"
#include "chatsphere/v1/names.h"
#include "pg/pg.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
enum { DEFAULT_DAYS = 7, MAX_DAYS = 90 };

static void invitation_fill(PlatformInvitation *rep, const struct invitation_row *row)
{
    rep->id = row->id;
    rep->email = row->email;
    rep->created_by = row->created_by;
    rep->has_created_at = rep->has_expires_at = true;
    rep->created_at = row->created_ms;
    rep->expires_at = row->expires_ms;
    rep->used_by = row->used_by;
    rep->has_used_at = row->used_ms != 0;
    rep->used_at = row->used_ms;
}

static int invitation_check(struct cs_call *call, const CreatePlatformInvitationRequest *req,
                            int64_t now)
{
    const char *wrong;
    int r = 0;

    if (req->email && (wrong = rules_email(req->email)))
        r = cs_fail_field(call, "email", "%s", wrong);
    if (req->has_expires_at &&
        (req->expires_at <= now || req->expires_at > now + MAX_DAYS * DAY_MS))
        r = cs_fail_field(call, "expires_at",
                          "The value must be in the future, at most %d days ahead.", MAX_DAYS);
    return r;
}

CS_HANDLER(Auth, create_platform_invitation, CreatePlatformInvitationRequest, PlatformInvitation)
{
    struct invitation_row *row = CS_NEW(call->arena, struct invitation_row, 1);
    char *code = cs_token_new(call->arena, TOKEN_INVITATION);
    int64_t now = cs_now_ms();
    const char *staff;
    int r;

    if ((r = caller_staff(call, &staff)) < 0 || (r = invitation_check(call, req, now)) < 0)
        return r;
    row->id = cs_alloc(call->arena, CS_ID_SIZE);
    cs_id_new(row->id);
    row->email = req->email;
    row->created_by = cs_strdup(call->arena, staff);
    row->created_ms = now;
    row->expires_ms = req->has_expires_at ? req->expires_at : now + DEFAULT_DAYS * DAY_MS;
    token_hash(row->hash, code);
    r = store_invitation_add(call, row);
    if (r != 0)
        return r < 0 ? r
                     : cs_fail(call, CS_CONFLICT,
                               "The platform has at most %d invitations. Revoke some first.",
                               STORE_MAX_INVITATIONS);
    invitation_fill(rep, row);
    rep->code = code;
    cs_idempotency_keep(call, &rep->base);
    if ((r = store_commit(call)) < 0)
        return r;
    cs_log(CS_INFO, "staff created an invitation", "staff", staff, "invitation", row->id, NULL);
    return 0;
}

CS_HANDLER(Auth, list_platform_invitations, ListPlatformInvitationsRequest, PlatformInvitationList)
{
    struct invitation_row *rows;
    struct cs_page page;
    const char *staff;
    size_t n;
    bool more;
    int r;

    if ((r = caller_staff(call, &staff)) < 0 ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = store_invitations_page(call, &page, &rows, &n)) < 0)
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, PlatformInvitation *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = PlatformInvitation_new(call->arena);
        invitation_fill(rep->items[i], &rows[i]);
    }
    if (more)
        rep->next_cursor =
            cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms, rows[rep->n_items - 1].id);
    return 0;
}

CS_HANDLER(Auth, revoke_platform_invitation, PlatformInvitationRequest, Empty)
{
    const char *staff;
    int r;

    (void)rep;
    if ((r = caller_staff(call, &staff)) < 0)
        return r;
    r = cs_id_valid(req->id) ? store_invitation_revoke(call, req->id) : STORE_NONE;
    if (r != 0)
        return r < 0 ? r : cs_fail(call, CS_NOT_FOUND, "There is no such unused invitation.");
    cs_log(CS_INFO, "staff revoked an invitation", "staff", staff, "invitation", req->id, NULL);
    return 0;
}
