/* The files of a stack's secrets, each made only if it is not there. */
#include "crypto/secrets.h"

#include "base/file.h"
#include "base/id.h"
#include "crypto/context.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAX_KEY_FILE = 4096 };

/* what is being made, and where */
struct making {
    struct cs_arena *arena;
    const char *dir;
};

static const char *path_of(const struct making *m, const char *name)
{
    return cs_printf(m->arena, "%s/%s", m->dir, name);
}

static int file_complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return -1;
}

static int secret_save(const struct making *m, const char *name, const char *text)
{
    const char *path = path_of(m, name);

    if (!text) {
        fprintf(stderr, "%s: the key could not be made\n", path);
        return -1;
    }
    return cs_file_write(path, text, strlen(text), 0600) < 0 ? file_complain(path) : 0;
}

static bool secret_missing(const struct making *m, const char *name)
{
    return !cs_file_exists(path_of(m, name));
}

/* 32 random bytes as base64url and a line end */
static int make_random(const struct making *m, const char *name)
{
    return secret_missing(m, name)
               ? secret_save(m, name, cs_printf(m->arena, "%s\n", cs_token_new(m->arena, "")))
               : 0;
}

/* The signer's key file; adds its line to *lines, and says in *made whether the key is new. */
static int make_signer(const struct making *m, const char *signer, const char **lines, bool *made)
{
    const char *name = cs_printf(m->arena, "sign-%s.key", signer);
    const char *path = path_of(m, name), *text;
    struct cs_signer *s;
    char *key, *line;

    if (secret_missing(m, name)) {
        cs_signer_make(m->arena, signer, &key, &line);
        if (secret_save(m, name, key) < 0)
            return -1;
        *made = true;
    } else {
        if (!(text = cs_file_read_line(m->arena, path, MAX_KEY_FILE)))
            return file_complain(path);
        if (!(s = cs_signer_new(text))) {
            fprintf(stderr, "%s is not a signing key\n", path);
            return -1;
        }
        line = cs_signer_public(m->arena, s);
        cs_signer_free(s);
    }
    *lines = cs_printf(m->arena, "%s%s", *lines, line);
    return 0;
}

static int make_all(const struct making *m, const char *const *signers, const char *const *schemas)
{
    const char *pg = path_of(m, "pg"), *lines = "";

    if (cs_folder_make(m->dir, 0700) < 0)
        return file_complain(m->dir);
    if (cs_folder_make(pg, 0700) < 0)
        return file_complain(pg);
    if (secret_missing(m, "jwt.pem") && secret_save(m, "jwt.pem", cs_jwt_new_pem(m->arena)) < 0)
        return -1;
    if (make_random(m, "seal.key") < 0 || make_random(m, "seal-events.key") < 0)
        return -1;
    bool made = secret_missing(m, "sign.pub");
    for (; *signers; signers++)
        if (make_signer(m, *signers, &lines, &made) < 0)
            return -1;
    if ((made && secret_save(m, "sign.pub", lines) < 0) || make_random(m, "admin.password") < 0)
        return -1;
    for (; *schemas; schemas++)
        if (make_random(m, cs_printf(m->arena, "pg/%s", *schemas)) < 0)
            return -1;
    return 0;
}

int cs_secrets_init(const char *dir, const char *const *signers, const char *const *schemas)
{
    struct cs_arena arena;
    int r;

    cs_arena_init(&arena);
    r = make_all(&(struct making){&arena, dir}, signers, schemas);
    cs_arena_dispose(&arena);
    return r;
}
