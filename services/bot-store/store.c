/* Bots and provider keys in SQL, with configuration and widget as JSON columns. */
#include "bot-store/store.h"

#include "bot-store/config.h"
#include "bus/service.h"
#include "pg/pg.h"

#include <string.h>

#define MS(arg_) "to_timestamp(" arg_ "::bigint / 1000.0)"
/* of a bot named b; its keys as JSON in one column, so that a read is one statement */
#define BOT                                                                                        \
    "b.id, b.name, b.description, case when b.configuration_version = b.version then "             \
    "b.configuration_json else b.configuration::json end, b.widget, b.allowed_origins, "           \
    "b.is_public,"                                                                                 \
    " b.version, " CS_MS("b.created_at") ", " CS_MS(                                               \
        "b.updated_at") ", b.tenant_id,"                                                           \
                        " (select json_agg(json_build_object('provider', k.provider, 'last4', "    \
                        "k.last4, 'base_url',"                                                     \
                        " k.base_url, 'updated_ms', " CS_MS(                                       \
                            "k.updated_at") ") order by k.provider)"                               \
                                            " from provider_keys k where k.tenant_id = "           \
                                            "b.tenant_id and k.bot_id = b.id and "                 \
                                            "k.provider not like 'tool:%' and k.provider <> "      \
                                            "'" STORE_IDENTITY "')"

static const struct cs_stmt BOT_BY_ID = {"bot_by_id",
                                         "select " BOT " from bots b where b.id = $1::uuid"};
static const struct cs_stmt BOT_LOCK = {
    "bot_lock", "select " BOT " from bots b where b.id = $1::uuid for update of b"};
static const struct cs_stmt PUBLIC_BOT = {"public_bot",
                                          "select " BOT " from public_bot($1::uuid) b"};
static const struct cs_stmt BOTS_PAGE = {
    "bots_page",
    "select " BOT " from bots b where $1::bigint is null"
    " or (b.created_at, b.id) < (" MS("$1") ", $2::uuid)"
                                            " order by b.created_at desc, b.id desc limit $3::int"};
/* of two at once the later one counts after the earlier one has committed */
static const struct cs_stmt BOTS_LOCK = {
    "bots_lock", "select pg_advisory_xact_lock(hashtextextended('bots ' || $1::text, 0))"};
static const struct cs_stmt BOT_ADD = {
    "bot_add",
    "insert into bots (tenant_id, id, name, description, configuration, configuration_json,"
    " configuration_version, widget, allowed_origins, is_public, version, created_at, updated_at)"
    " select $1::uuid, $2::uuid, $3, $4, $5::text::jsonb, $5::text::json, $9::bigint,"
    " $6::jsonb, $7::text[], $8::boolean, $9::bigint, " MS("$10") ", " MS(
        "$10") " where $11::bigint is null or (select count(*) from bots) < $11::bigint returning "
               "id"};
static const struct cs_stmt BOT_SAVE = {
    "bot_save",
    "update bots set name = $2, description = $3, configuration = $4::text::jsonb,"
    " configuration_json = $4::text::json, configuration_version = $8::bigint, widget = $5::jsonb,"
    " allowed_origins = $6::text[], is_public = $7::boolean, version = $8::bigint,"
    " updated_at = " MS("$9") " where id = $1::uuid"};
static const struct cs_stmt BOT_REMOVE = {"bot_remove", "delete from bots where id = $1::uuid"
                                                        " returning id, tenant_id, version + 1"};

static const struct cs_stmt KEY_PUT = {
    "key_put",
    "insert into provider_keys (tenant_id, bot_id, provider, box, last4, base_url, updated_at)"
    " values ($1::uuid, $2::uuid, $3, $4::bytea, $5, $6, " MS(
        "$7") ")"
              " on conflict (tenant_id, bot_id, provider) do update set box = excluded.box,"
              " last4 = excluded.last4, base_url = excluded.base_url, updated_at = "
              "excluded.updated_at"};
static const struct cs_stmt KEY_REMOVE = {
    "key_remove", "delete from provider_keys where bot_id = $1::uuid and provider = $2"};
static const struct cs_stmt KEY_BOX = {"key_box",
                                       "select tenant_id, bot_id, box, base_url from provider_keys"
                                       " where bot_id = $1::uuid and provider = $2"};

static const struct cs_stmt TOOL_BOXES_KEEP = {
    "tool_boxes_keep", "delete from provider_keys where bot_id = $1::uuid and provider like "
                       "'tool:%' and provider <> all($2::text[])"};
static const struct cs_stmt SEEN_PUT = {
    "seen_put", "insert into seen_origins (tenant_id, bot_id, origin, at)"
                " values ($1::uuid, $2::uuid, $3, now())"
                " on conflict (tenant_id, bot_id, origin) do update set at = excluded.at"};
static const struct cs_stmt SEEN_TRIM = {
    "seen_trim", "delete from seen_origins where bot_id = $1::uuid and origin in (select origin"
                 " from seen_origins where bot_id = $1::uuid order by at desc offset $2::int)"};
static const struct cs_stmt SEEN = {
    "seen", "select origin, " CS_MS("at") " from seen_origins"
                                          " where bot_id = $1::uuid order by at desc"};

static const struct cs_stmt STALE_BOXES = {
    "stale_boxes", "select tenant_id, bot_id, provider, box from stale_boxes($1::bytea,"
                   " coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'),"
                   " coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'),"
                   " coalesce($4, ''), $5::int)"};
static const struct cs_stmt BOX_REPLACE = {
    "box_replace", "update provider_keys set box = $4::bytea"
                   " where bot_id = $1::uuid and provider = $2 and box = $3::bytea"};

static char *json_text(struct cs_arena *a, const json_t *object, const char *name)
{
    return cs_strdup(a, json_string_value(json_object_get(object, name)));
}

static void read_keys(struct cs_arena *a, const char *text, Bot *bot)
{
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;

    bot->n_provider_keys = json_array_size(list);
    bot->provider_keys = CS_NEW(a, ProviderKey *, bot->n_provider_keys);
    for (size_t i = 0; i < bot->n_provider_keys; i++) {
        const json_t *item = json_array_get(list, i);
        ProviderKey *key = ProviderKey_new(a);

        key->provider = json_text(a, item, "provider");
        key->last4 = json_text(a, item, "last4");
        key->base_url = json_text(a, item, "base_url");
        ProviderKey_set_updated_at(key, json_integer_value(json_object_get(item, "updated_ms")));
        bot->provider_keys[i] = key;
    }
    json_decref(list);
}

/* NULL when a stored configuration cannot be read */
static Bot *read_bot(struct cs_arena *a, const PGresult *r, int row)
{
    Bot *bot = Bot_new(a);

    bot->id = cs_strdup(a, cs_pg_text(r, row, 0));
    bot->name = cs_strdup(a, cs_pg_text(r, row, 1));
    bot->description = cs_strdup(a, cs_pg_text(r, row, 2));
    bot->configuration = BotConfiguration_new(a);
    bot->widget = Widget_new(a);
    bot->allowed_origins = cs_pg_texts(a, r, row, 5, &bot->n_allowed_origins);
    Bot_set_is_public(bot, cs_pg_bool(r, row, 6));
    Bot_set_version(bot, cs_pg_i64(r, row, 7));
    Bot_set_created_at(bot, cs_pg_i64(r, row, 8));
    Bot_set_updated_at(bot, cs_pg_i64(r, row, 9));
    bot->tenant_id = cs_strdup(a, cs_pg_text(r, row, 10));
    read_keys(a, cs_pg_text(r, row, 11), bot);
    return config_parse(a, cs_pg_text(r, row, 3), &bot->configuration->base) &&
                   config_parse(a, cs_pg_text(r, row, 4), &bot->widget->base)
               ? bot
               : NULL;
}

static int one_bot(struct cs_call *call, const PGresult *r, Bot **ret)
{
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    *ret = read_bot(call->arena, r, 0);
    if (*ret)
        return 0;
    cs_pg_rollback(call->pg);
    return cs_fail_internal(call, "A stored bot cannot be read.");
}

int store_bot(struct cs_call *call, const char *id, Bot **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return one_bot(call, cs_pg_last(call->pg, &BOT_BY_ID, CS_S(id)), ret);
}

int store_public_bot(struct cs_call *call, const char *id, Bot **ret)
{
    cs_pg_begin(call->pg, NULL);
    return one_bot(call, cs_pg_last(call->pg, &PUBLIC_BOT, CS_S(id)), ret);
}

int store_bots_page(struct cs_call *call, const struct cs_page *page, Bot ***ret, size_t *ret_n)
{
    const PGresult *r;
    int n;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &BOTS_PAGE, page->after ? CS_I(page->ms) : CS_NULL, CS_S(page->id),
                   CS_I(page->n));
    if (!r)
        return cs_fail_pg(call);
    n = PQntuples(r);
    *ret = CS_NEW(call->arena, Bot *, n);
    for (int i = 0; i < n; i++)
        if (!((*ret)[i] = read_bot(call->arena, r, i)))
            return cs_fail_internal(call, "A stored bot cannot be read.");
    *ret_n = (size_t)n;
    return 0;
}

static const struct cs_stmt BOTS_COUNT = {"bots_count", "select count(*) from bots"};

int store_bots_count(struct cs_call *call, int64_t *ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &BOTS_COUNT);
    if (!r)
        return cs_fail_pg(call);
    *ret = cs_pg_i64(r, 0, 0);
    return 0;
}

static struct cs_pg_arg configuration_arg(struct cs_call *call, const Bot *bot)
{
    return CS_S(config_text(call->arena, bot->configuration ? &bot->configuration->base : NULL));
}

static struct cs_pg_arg widget_arg(struct cs_call *call, const Bot *bot)
{
    return CS_S(config_text(call->arena, bot->widget ? &bot->widget->base : NULL));
}

static struct cs_pg_arg origins_arg(struct cs_call *call, const Bot *bot)
{
    return CS_S(cs_pg_array(call->arena, bot->allowed_origins, bot->n_allowed_origins));
}

int store_bot_add(struct cs_call *call, const Bot *bot, int64_t max)
{
    const PGresult *r;

    cs_pg_begin(call->pg, bot->tenant_id);
    if (max >= 0)
        cs_pg_push(call->pg, &BOTS_LOCK, CS_S(bot->tenant_id));
    r = cs_pg_query(call->pg, &BOT_ADD, CS_S(bot->tenant_id), CS_S(bot->id), CS_S(bot->name),
                    CS_S(bot->description), configuration_arg(call, bot), widget_arg(call, bot),
                    origins_arg(call, bot), CS_BOOL(bot->is_public), CS_I(bot->version),
                    CS_I(bot->created_at), max < 0 ? CS_NULL : CS_I(max));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) > 0)
        return 0;
    cs_pg_rollback(call->pg);
    return STORE_FULL;
}

int store_bot_lock(struct cs_call *call, const char *id, Bot **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return one_bot(call, cs_pg_query(call->pg, &BOT_LOCK, CS_S(id)), ret);
}

void store_bot_save(struct cs_call *call, const Bot *bot)
{
    cs_pg_push(call->pg, &BOT_SAVE, CS_S(bot->id), CS_S(bot->name), CS_S(bot->description),
               configuration_arg(call, bot), widget_arg(call, bot), origins_arg(call, bot),
               CS_BOOL(bot->is_public), CS_I(bot->version), CS_I(bot->updated_at));
}

int store_bot_remove(struct cs_call *call, const char *id, Bot **ret)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_query(call->pg, &BOT_REMOVE, CS_S(id));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0) {
        cs_pg_rollback(call->pg);
        return STORE_NONE;
    }
    *ret = Bot_new(call->arena);
    (*ret)->id = cs_strdup(call->arena, cs_pg_text(r, 0, 0));
    (*ret)->tenant_id = cs_strdup(call->arena, cs_pg_text(r, 0, 1));
    (*ret)->version = cs_pg_i64(r, 0, 2);
    return 0;
}

int store_seen_put(struct cs_call *call, const Bot *bot, const char *origin)
{
    cs_pg_begin(call->pg, bot->tenant_id);
    cs_pg_push(call->pg, &SEEN_PUT, CS_S(bot->tenant_id), CS_S(bot->id), CS_S(origin));
    return cs_pg_last(call->pg, &SEEN_TRIM, CS_S(bot->id), CS_I(STORE_SEEN_MAX)) ? 0
                                                                                 : cs_fail_pg(call);
}

int store_seen(struct cs_call *call, const char *bot, SeenOrigin ***ret, size_t *ret_n)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &SEEN, CS_S(bot));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, SeenOrigin *, *ret_n);
    for (int i = 0; i < (int)*ret_n; i++) {
        SeenOrigin *seen = (*ret)[i] = SeenOrigin_new(call->arena);
        seen->origin = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        SeenOrigin_set_at(seen, cs_pg_i64(r, i, 1));
    }
    return 0;
}

void store_key_put(struct cs_call *call, const Bot *bot, const ProviderKey *key, const void *box,
                   size_t len)
{
    cs_pg_push(call->pg, &KEY_PUT, CS_S(bot->tenant_id), CS_S(bot->id), CS_S(key->provider),
               CS_B(box, len), CS_S(key->last4), CS_S(key->base_url), CS_I(key->updated_at));
}

void store_key_remove(struct cs_call *call, const Bot *bot, const char *provider)
{
    cs_pg_push(call->pg, &KEY_REMOVE, CS_S(bot->id), CS_S(provider));
}

int store_key(struct cs_call *call, const char *bot, const char *provider, struct sealed_key *ret,
              Bot **ret_bot)
{
    const PGresult *r;

    cs_pg_begin(call->pg, call->tenant);
    r = cs_pg_last(call->pg, &KEY_BOX, CS_S(bot), CS_S(provider));
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret_bot = Bot_new(call->arena);
    (*ret_bot)->tenant_id = cs_strdup(call->arena, cs_pg_text(r, 0, 0));
    (*ret_bot)->id = cs_strdup(call->arena, cs_pg_text(r, 0, 1));
    ret->box = cs_pg_bytes(call->arena, r, 0, 2, &ret->len);
    ret->base_url = cs_strdup(call->arena, cs_pg_text(r, 0, 3));
    return 0;
}

bool store_tool_box(struct cs_call *call, const Bot *bot, const char *provider,
                    struct sealed_key *ret)
{
    const PGresult *r = cs_pg_query(call->pg, &KEY_BOX, CS_S(bot->id), CS_S(provider));

    if (!r || PQntuples(r) == 0)
        return false;
    ret->box = cs_pg_bytes(call->arena, r, 0, 2, &ret->len);
    ret->base_url = cs_strdup(call->arena, cs_pg_text(r, 0, 3));
    return true;
}

void store_tool_box_put(struct cs_call *call, const Bot *bot, const struct tool_box *box)
{
    cs_pg_push(call->pg, &KEY_PUT, CS_S(bot->tenant_id), CS_S(bot->id), CS_S(box->provider),
               CS_B(box->box, box->len), CS_S(""), CS_S(box->url), CS_I(bot->updated_at));
}

void store_tool_boxes_keep(struct cs_call *call, const Bot *bot, char *const *names, size_t n)
{
    cs_pg_push(call->pg, &TOOL_BOXES_KEEP, CS_S(bot->id), CS_S(cs_pg_array(call->arena, names, n)));
}

int store_stale_boxes(struct cs_call *call, const unsigned char head[CS_SEAL_HEAD],
                      const struct stale_box *last, size_t max, struct stale_box **ret,
                      size_t *ret_n)
{
    const PGresult *r;
    struct stale_box *boxes;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &STALE_BOXES, CS_B(head, CS_SEAL_HEAD), CS_S(last->tenant),
                   CS_S(last->bot), CS_S(last->provider), CS_I((int64_t)max));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = boxes = CS_NEW(call->arena, struct stale_box, *ret_n);
    for (int i = 0; i < (int)*ret_n; i++) {
        boxes[i].tenant = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        boxes[i].bot = cs_strdup(call->arena, cs_pg_text(r, i, 1));
        boxes[i].provider = cs_strdup(call->arena, cs_pg_text(r, i, 2));
        boxes[i].box = cs_pg_bytes(call->arena, r, i, 3, &boxes[i].len);
    }
    return 0;
}

int store_box_replace(struct cs_call *call, const struct stale_box *old,
                      const struct stale_box *fresh)
{
    cs_pg_begin(call->pg, old->tenant);
    return cs_pg_last(call->pg, &BOX_REPLACE, CS_S(old->bot), CS_S(old->provider),
                      CS_B(old->box, old->len), CS_B(fresh->box, fresh->len))
               ? 0
               : cs_fail_pg(call);
}
