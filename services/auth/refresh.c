/*
 * refresh: staying signed in, and signing out.
 *
 * A refresh token works once. Presented again within ten seconds it is answered with the same
 * successor: two tabs refresh at the same moment, or an answer was lost. If that successor was used
 * meanwhile, the answer is the newest token of the family: an older one would end the session of
 * an honest tab at its next refresh. A thief gains nothing by it, since each of those tokens would
 * lead to the newest one as well; and whoever presents a token after its ten seconds ends the family.
 */
#include "auth/account.h"
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/session.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdatomic.h>

/* longer than a sealed successor may stay: then all of this process are erased */
enum { ERASE_MS = 15 * 1000 };

static atomic_llong exchanged_ms;

bool refresh_under_way(void)
{
    return cs_mono_ms() - atomic_load(&exchanged_ms) < ERASE_MS;
}

CS_HANDLER(Auth, refresh, RefreshRequest, Session)
{
    unsigned char old[STORE_HASH];
    struct session session;
    struct refresh_exchange x;
    struct refresh_box box;
    int r;

    token_hash(old, req->refresh_token);
    session_new(call, req->user_agent, req->address, &session);
    box = token_successor_seal(call->arena, req->refresh_token, session.refresh);
    r = store_refresh_exchange(call, old, &session.row, &box, &x);
    bool resting = !refresh_under_way();
    atomic_store(&exchanged_ms, cs_mono_ms());
    if (resting)
        cs_tickers_wake();
    if (r < 0)
        return r;
    if (r == STORE_REUSED)
        cs_log(CS_WARN, "a used refresh token was presented; its session was ended", "session",
               x.session, NULL);
    if (x.suspended)
        return cs_fail(call, CS_FORBIDDEN, "The workspace is suspended.");
    if (r > 0 || !x.account || account_suspended(x.account))
        return cs_fail(call, CS_UNAUTHENTICATED,
                       "The refresh token is invalid or has expired. Sign in again.");
    if (x.n_links > 0) /* the token that was presented leads to the newest one */
        session.refresh = req->refresh_token;
    for (size_t i = 0; session.refresh && i < x.n_links; i++)
        session.refresh = token_successor_open(call->arena, session.refresh, &x.links[i]);
    if (!session.refresh)
        return cs_fail_internal(call, "The successor of a refresh token cannot be decrypted.");
    session.row.id = x.session;
    return session_reply(call, &session, x.account, rep);
}

/* An unknown token is no error: its session is over either way. */
CS_HANDLER(Auth, logout, LogoutRequest, Empty)
{
    unsigned char hash[STORE_HASH];

    (void)rep;
    token_hash(hash, req->refresh_token);
    return store_refresh_end(call, hash);
}
