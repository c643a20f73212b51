/* apikey: keys for programs. The key itself is in one answer only; its SHA-256 is what is kept. */
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/rules.h"
#include "auth/token.h"

#include "base/clock.h"
#include "base/id.h"
#include "bus/event.h"
#include "bus/idempotency.h"
#include "chatsphere/v1/names.h"
#include "pg/pg.h"

#include <string.h>

static void key_fill(ApiKey *rep, const struct key_row *k)
{
    rep->id = k->id;
    rep->name = k->name;
    rep->prefix = k->prefix;
    rep->scopes = k->scopes;
    rep->n_scopes = k->n_scopes;
    ApiKey_set_created_at(rep, k->created_ms);
    if (k->expires_ms != 0)
        ApiKey_set_expires_at(rep, k->expires_ms);
    if (k->last_used_ms != 0)
        ApiKey_set_last_used_at(rep, k->last_used_ms);
}

static void key_event(struct cs_call *call, const struct key_row *k, const char *event)
{
    ApiKeyEvent payload = API_KEY_EVENT_INIT;

    payload.api_key_id = k->id;
    cs_event(call, &(struct cs_event){
                       .tenant = call->tenant,
                       .aggregate = "api_key",
                       .event = event,
                       .id = k->id,
                       .payload = &payload.base,
                   });
}

static int key_none(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "The API key does not exist.");
}

static int key_check(struct cs_call *call, const CreateApiKeyRequest *req)
{
    int r = 0;

    for (size_t i = 0; i < req->n_scopes; i++) {
        const char *path = cs_printf(call->arena, "scopes[%zu]", i);
        size_t first = 0;

        while (strcmp(req->scopes[first], req->scopes[i]) != 0)
            first++;
        if (!rules_scope(req->scopes[i]))
            r = cs_fail_field(
                call, path,
                "The value must be bots, documents, chat or events, followed by :read or :write.");
        else if (first < i)
            r = cs_fail_field(call, path, "The value occurs twice.");
    }
    if (req->has_expires_at && req->expires_at <= cs_now_ms())
        r = cs_fail_field(call, "expires_at", "The value must be in the future.");
    return r;
}

CS_HANDLER(Auth, create_api_key, CreateApiKeyRequest, ApiKey)
{
    struct key_row *k = CS_NEW(call->arena, struct key_row, 1);
    char *secret = cs_token_new(call->arena, TOKEN_API_KEY);
    const char *user;
    int64_t max;
    int r;

    if ((r = caller_manager(call, &user)) < 0 || (r = key_check(call, req)) < 0)
        return r;
    k->id = cs_alloc(call->arena, CS_ID_SIZE);
    cs_id_new(k->id);
    k->user = cs_strdup(call->arena, user);
    k->name = req->name;
    k->prefix = cs_strndup(call->arena, secret, TOKEN_KEY_PREFIX);
    k->scopes = req->scopes;
    k->n_scopes = req->n_scopes;
    k->created_ms = cs_now_ms();
    k->expires_ms = req->has_expires_at ? req->expires_at : 0;
    token_hash(k->hash, secret);
    r = store_key_add(call, k, &max);
    if (r != 0)
        return r == STORE_FULL ? cs_fail_quota(call, "API keys in a workspace", max, 0) : r;
    key_event(call, k, "created");
    key_fill(rep, k);
    rep->secret = secret;
    cs_idempotency_keep(call, &rep->base);
    return store_commit(call);
}

CS_HANDLER(Auth, list_api_keys, ListApiKeysRequest, ApiKeyList)
{
    struct key_row *rows;
    struct cs_page page;
    const char *user;
    size_t n;
    bool more;
    int r;

    if ((r = caller_manager(call, &user)) < 0 ||
        (r = cs_page_of(call, req->limit, req->cursor, &page)) < 0 ||
        (r = store_keys_page(call, &page, &rows, &n)) < 0)
        return r;
    rep->n_items = cs_page_shown(&page, n, &more);
    rep->items = CS_NEW(call->arena, ApiKey *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        rep->items[i] = ApiKey_new(call->arena);
        key_fill(rep->items[i], &rows[i]);
    }
    if (more)
        rep->next_cursor =
            cs_pg_cursor(call->arena, rows[rep->n_items - 1].created_ms, rows[rep->n_items - 1].id);
    return 0;
}

CS_HANDLER(Auth, get_api_key, ApiKeyRequest, ApiKey)
{
    struct key_row *k;
    const char *user;
    int r = caller_manager(call, &user);

    if (r < 0)
        return r;
    if (!cs_id_valid(req->id))
        return key_none(call);
    if ((r = store_key(call, req->id, &k)) < 0)
        return r;
    if (!k)
        return key_none(call);
    key_fill(rep, k);
    return 0;
}

CS_HANDLER(Auth, delete_api_key, ApiKeyRequest, Empty)
{
    struct key_row *k;
    const char *user;
    int r;

    (void)rep;
    if ((r = caller_manager(call, &user)) < 0)
        return r;
    if (!cs_id_valid(req->id))
        return key_none(call);
    r = store_key_remove(call, req->id, &k);
    if (r != 0)
        return r == STORE_NONE ? key_none(call) : r;
    key_event(call, k, "revoked");
    return store_commit(call);
}
