/*
 * The files of NATS operator mode: keys, accounts, a user for each service, and the server's
 * configuration.
 */
#include "nats/nkey.h"

#include "base/buf.h"
#include "base/file.h"
#include "crypto/crypto.h"
#include "nats/creds.h"
#include "nats/permission.h"
#include "nats/topology.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FILE = 64 * 1024 };

/* the whole of operator mode while it is being made */
struct authority {
    struct cs_arena *arena;
    const char *dir;
    struct cs_nkey key, sys, platform;
};

static int file_complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return -1;
}

static int file_save(const char *path, const char *text)
{
    return cs_file_write(path, text, strlen(text), 0600) < 0 ? file_complain(path) : 0;
}

/* Reads the key's seed from `text`, or makes a new key when text is NULL. */
static int key_from(const char *path, const char *text, enum cs_nkey_kind kind, struct cs_nkey *ret)
{
    if (!text) {
        cs_nkey_new(kind, ret);
        return 0;
    }
    if (cs_nkey_from_seed(text, ret) && ret->kind == kind)
        return 0;
    fprintf(stderr, "%s has no seed of the right kind\n", path);
    return -1;
}

/* The key kept in a file of its own; made when there is none. */
static int seed_keep(const struct authority *o, const char *name, enum cs_nkey_kind kind,
                     struct cs_nkey *ret)
{
    const char *path = cs_printf(o->arena, "%s/%s.seed", o->dir, name);
    bool there = cs_file_exists(path);
    const char *text = there ? cs_file_read_line(o->arena, path, MAX_FILE) : NULL;

    if (there && !text)
        return file_complain(path);
    if (key_from(path, text, kind, ret) < 0)
        return -1;
    return there ? 0 : file_save(path, cs_printf(o->arena, "%s\n", ret->seed_text));
}

/* A user of an account with its credentials; it keeps its key, and gets its rights anew. seed_besides: another key in
 * the same file; may be NULL. */
static int write_user(const struct authority *o, const struct cs_nkey *account, const char *name,
                      json_t *rights, const char *seed_besides)
{
    const char *path = cs_printf(o->arena, "%s/creds/%s.creds", o->dir, name);
    bool there = cs_file_exists(path);
    const char *creds = there ? cs_file_read(o->arena, path, MAX_FILE, NULL) : NULL, *jwt;
    json_t *nats = json_pack("{s:s, s:i, s:i, s:i, s:i}", "type", "user", "version", 2, "subs", -1,
                             "data", -1, "payload", -1);
    const char *seed = creds ? cs_creds_part(o->arena, creds, "USER NKEY SEED") : NULL;
    struct cs_nkey user;

    if (creds && !seed)
        seed = ""; /* refused below, where NULL would be a new key */
    json_object_update_new(nats, rights ? rights : json_object());
    if ((there && !creds && file_complain(path) < 0) ||
        key_from(path, seed, CS_NKEY_USER, &user) < 0) {
        json_decref(nats);
        return -1;
    }
    jwt = cs_nkey_jwt(o->arena, account, user.public_key, name, nats);
    const char *text = cs_nkey_creds(o->arena, jwt, &user);
    return file_save(path, seed_besides ? cs_printf(o->arena, "%s\n%s", text, seed_besides) : text);
}

/* Accounts of subscribers are made by events: with the operator's key, and a user that hands them to the broker. */
static int write_claims_user(const struct authority *o)
{
    json_t *rights =
        json_pack("{s:{s:[s, s]}, s:{s:[s]}}", "pub", "allow", "$SYS.REQ.CLAIMS.UPDATE",
                  "$SYS.REQ.CLAIMS.DELETE", "sub", "allow", "_INBOX.claims.>");

    return write_user(o, &o->sys, "claims", rights,
                      cs_printf(o->arena,
                                "-----BEGIN OPERATOR NKEY SEED-----\n%s\n------END OPERATOR NKEY "
                                "SEED------\n",
                                o->key.seed_text));
}

static int write_users(const struct authority *o)
{
    const char *path = cs_printf(o->arena, "%s/creds", o->dir);

    if (cs_folder_make(path, 0700) < 0)
        return file_complain(path);
    for (const struct cs_node *node = cs_topology; node->service; node++)
        if (write_user(o, &o->platform, node->service, cs_permissions(node), NULL) < 0)
            return -1;
    if (write_user(o, &o->platform, "ops", NULL, NULL) < 0 || write_claims_user(o) < 0)
        return -1;
    return write_user(o, &o->sys, "sys", NULL, NULL);
}

/* A subject of the platform that an account may use only with its own name in it. */
static json_t *account_export(const char *subject, int position, const char *answers)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s}", "name", subject, "subject", subject, "type",
                     "service", "account_token_position", position, "response_type", answers);
}

/* Of its consumer, which bears its name: the next message, the state and the acknowledgement. */
static json_t *subscriber_exports(void)
{
    return json_pack("[o, o, o]",
                     account_export("$JS.API.CONSUMER.MSG.NEXT.CHATSPHERE_EVENTS.*", 7, "Stream"),
                     account_export("$JS.API.CONSUMER.INFO.CHATSPHERE_EVENTS.*", 6, "Singleton"),
                     account_export("$JS.ACK.CHATSPHERE_EVENTS.*.>", 4, "Singleton"));
}

/* exports NULL: an account without streams, of which others may use nothing */
static const char *account_jwt(const struct authority *o, const struct cs_nkey *account,
                               const char *name, json_t *exports)
{
    json_t *limits =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "subs", -1, "data", -1, "payload", -1,
                  "imports", -1, "exports", -1, "conn", -1, "leaf", -1, "wildcards", 1);

    if (exports)
        json_object_update_new(limits,
                               json_pack("{s:i, s:i, s:i, s:i}", "mem_storage", -1, "disk_storage",
                                         -1, "streams", -1, "consumer", -1));
    json_t *nats = json_pack("{s:s, s:i, s:o}", "type", "account", "version", 2, "limits", limits);
    if (exports)
        json_object_set_new(nats, "exports", exports);
    return cs_nkey_jwt(o->arena, &o->key, account->public_key, name, nats);
}

static int write_conf(const struct authority *o, int port, const char *store_dir)
{
    const char *sys = account_jwt(o, &o->sys, "SYS", NULL);
    const char *platform = account_jwt(o, &o->platform, "CHATSPHERE", subscriber_exports());
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_addf(&b, "# written by chatsphere nats-init; changes here are lost\n");
    cs_buf_addf(&b, "listen: 127.0.0.1:%d\n", port);
    cs_buf_addf(&b, "max_payload: 1048576\n");
    /* a line of the protocol holds a service's JWT with the subject of each method it calls */
    cs_buf_addf(&b, "max_control_line: 65536\n");
    cs_buf_addf(&b, "jetstream: {store_dir: \"%s\", max_mem: 256MB, max_file: 8GB}\n", store_dir);
    cs_buf_addf(&b, "operator: %s\n",
                cs_nkey_jwt(o->arena, &o->key, o->key.public_key, "chatsphere",
                            json_pack("{s:s, s:i, s:s}", "type", "operator", "version", 2,
                                      "system_account", o->sys.public_key)));
    cs_buf_addf(&b, "system_account: %s\n", o->sys.public_key);
    cs_buf_addf(&b, "resolver: {type: full, dir: \"%s/accounts\", allow_delete: true}\n",
                store_dir);
    cs_buf_addf(&b, "resolver_preload: {\n    %s: %s\n    %s: %s\n}\n", o->sys.public_key, sys,
                o->platform.public_key, platform);
    return file_save(cs_printf(o->arena, "%s/nats.conf", o->dir), b.data);
}

static int make_all(struct authority *o, int port, const char *store_dir)
{
    if (cs_folder_make(o->dir, 0700) < 0)
        return file_complain(o->dir);
    if (seed_keep(o, "operator", CS_NKEY_OPERATOR, &o->key) < 0 ||
        seed_keep(o, "system", CS_NKEY_ACCOUNT, &o->sys) < 0 ||
        seed_keep(o, "account", CS_NKEY_ACCOUNT, &o->platform) < 0 || write_users(o) < 0)
        return -1;
    return write_conf(o, port, store_dir);
}

int cs_nats_init(const char *dir, int port, const char *store_dir)
{
    struct cs_arena arena;
    struct authority o = {.arena = &arena, .dir = dir};
    int r;

    /* both stand quoted in the configuration */
    if (strpbrk(dir, "\"\\\n") || strpbrk(store_dir, "\"\\\n")) {
        fprintf(stderr, "a path with a quote, backslash or line end cannot be used\n");
        return -1;
    }
    cs_arena_init(&arena);
    r = make_all(&o, port, store_dir);
    cs_arena_dispose(&arena);
    return r;
}
