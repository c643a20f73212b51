/* Files of one or two keys, read, extended by a new key or reduced to the newest one, and written. */
#include "crypto/rotate.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/id.h"
#include "crypto/context.h"
#include "crypto/jwt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    MAX_FILE = 16 * 1024,
    MAX_FILES = 34,
    JWT_OVERLAP_S = CS_JWT_LONGEST_S + 10 * 60,
    OVERLAP_S =
        10 * 60, /* of the others: a signature is valid for a minute, a transaction for less */
};

/* a key as its file has it, without its time */
struct entry {
    const char *text, *id;
    int64_t from_s;
};

struct key_file {
    unsigned what;
    const char *name, *path;
    const char *signer; /* of sign-<signer>.key */
    struct entry at[CS_KEYS_MAX];
    size_t n, newest; /* newest: of those in use; a single key always is */
    bool changed;
};

struct rotating {
    const struct cs_rotation *r;
    struct cs_arena arena;
    int64_t now_s;
    int lock; /* descriptor of the folder */
    struct key_file files[MAX_FILES];
    size_t n;
};

static int file_fault(const struct key_file *f, const char *fault)
{
    fprintf(stderr, "%s: %s\n", f->path, fault);
    return -1;
}

static const char *time_text(struct rotating *s, int64_t unix_s)
{
    char text[CS_RFC3339_SIZE];

    cs_rfc3339(text, unix_s * 1000);
    return cs_printf(&s->arena, "%.19sZ", text);
}

/* ---- a file ---- */

static bool jwt_parse(struct rotating *s, struct key_file *f, const char *text)
{
    struct cs_jwt_key keys[CS_KEYS_MAX];

    f->n = cs_jwt_keys_load(text, keys, CS_KEYS_MAX);
    for (size_t i = 0; i < f->n; i++) {
        f->at[i] = (struct entry){.text = cs_strdup(&s->arena, keys[i].pem),
                                  .id = cs_strdup(&s->arena, keys[i].kid),
                                  .from_s = keys[i].from_s};
        cs_jwt_key_free(&keys[i]);
    }
    return f->n > 0;
}

static const char *seal_id(struct cs_arena *a, const unsigned char bytes[CS_KEY_BYTES])
{
    struct cs_seal_key key;

    cs_seal_key_set(&key, bytes);
    return cs_base64url(a, key.id, sizeof(key.id));
}

/* the first characters of the public key */
static const char *signer_id(struct cs_arena *a, const char *text)
{
    struct cs_signer *signer = cs_signer_new(text);
    const char *line = signer ? cs_signer_public(a, signer) : NULL;

    cs_signer_free(signer);
    return line ? cs_strndup(a, strchr(line, ' ') + 1, 11) : NULL;
}

static bool lines_parse(struct rotating *s, struct key_file *f, const char *text)
{
    struct cs_arena *a = &s->arena;
    struct cs_key_line parsed;
    const char *line;
    size_t len;

    while ((line = cs_key_line_next(&text, &len))) {
        if (f->n == CS_KEYS_MAX || !cs_key_line_parse(line, len, f->signer != NULL, &parsed))
            return false;
        struct entry *e = &f->at[f->n++];
        const char *key = cs_base64url(a, parsed.bytes, CS_KEY_BYTES);
        e->from_s = parsed.from_s;
        e->text = f->signer ? cs_printf(a, "%s %s", parsed.name, key) : key;
        e->id = f->signer ? signer_id(a, e->text) : seal_id(a, parsed.bytes);
        if (f->signer && strcmp(parsed.name, f->signer) != 0)
            return false;
    }
    return f->n > 0;
}

static int file_read(struct rotating *s, struct key_file *f)
{
    const char *text = cs_file_read(&s->arena, f->path, MAX_FILE, NULL);

    if (!text)
        return file_fault(f, errno == ENOENT
                                 ? "there is no such file; `chatsphere secrets` makes it"
                                 : strerror(errno));
    if (!(f->what == CS_ROTATE_JWT ? jwt_parse(s, f, text) : lines_parse(s, f, text)))
        return file_fault(f, "it is no file of keys, or has more than 4");
    for (size_t i = 1; i < f->n; i++)
        if (cs_key_preferred(f->at[i].from_s, f->at[f->newest].from_s, s->now_s))
            f->newest = i;
    return 0;
}

static const char *file_text(struct rotating *s, const struct key_file *f)
{
    const char *text = "";

    for (size_t i = 0; i < f->n; i++) {
        const struct entry *e = &f->at[i];
        if (f->what == CS_ROTATE_JWT)
            text = e->from_s ? cs_printf(&s->arena, "%s" CS_JWT_USED_FROM "%lld\n%s\n", text,
                                         (long long)e->from_s, e->text)
                             : cs_printf(&s->arena, "%s%s\n", text, e->text);
        else
            text = e->from_s
                       ? cs_printf(&s->arena, "%s%s %lld\n", text, e->text, (long long)e->from_s)
                       : cs_printf(&s->arena, "%s%s\n", text, e->text);
    }
    return text;
}

static int text_write(const char *path, const char *text)
{
    if (cs_file_write(path, text, strlen(text), 0600) == 0)
        return 0;
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return -1;
}

static void file_add_key(struct rotating *s, struct key_file *f)
{
    struct entry *e = &f->at[f->n++];
    unsigned char bytes[CS_KEY_BYTES];
    struct cs_jwt_key key;

    e->from_s = s->now_s + s->r->after_s;
    f->changed = true;
    if (f->what == CS_ROTATE_JWT) {
        e->text = cs_jwt_new_pem(&s->arena);
        if (!e->text || !cs_jwt_key_load(e->text, &key))
            abort(); /* OpenSSL makes no key */
        e->id = cs_strdup(&s->arena, key.kid);
        cs_jwt_key_free(&key);
        return;
    }
    cs_random(bytes, sizeof(bytes));
    e->text = cs_base64url(&s->arena, bytes, sizeof(bytes));
    if (f->signer)
        e->text = cs_printf(&s->arena, "%s %s", f->signer, e->text);
    e->id = f->signer ? signer_id(&s->arena, e->text) : seal_id(&s->arena, bytes);
    explicit_bzero(bytes, sizeof(bytes));
}

/* ---- all files ---- */

static void files_add(struct rotating *s, unsigned what, const char *signer, const char *name)
{
    if (!(s->r->what & what))
        return;
    if (s->n == MAX_FILES)
        abort(); /* more services than MAX_FILES */
    s->files[s->n++] = (struct key_file){
        .what = what,
        .signer = signer,
        .name = name,
        .path = cs_printf(&s->arena, "%s/%s", s->r->dir, name),
    };
}

static void rotating_end(struct rotating *s)
{
    if (s->lock >= 0)
        close(s->lock);
    cs_arena_dispose(&s->arena);
}

/* Reads all files; false with a message. */
static bool rotating_begin(struct rotating *s, const struct cs_rotation *r)
{
    bool ok = true;

    *s = (struct rotating){.r = r, .now_s = cs_now_ms() / 1000};
    cs_arena_init(&s->arena);
    s->lock = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
        fprintf(stderr, "%s: %s\n", r->dir,
                errno == EWOULDBLOCK ? "another rotation works in it" : strerror(errno));
        return false;
    }
    files_add(s, CS_ROTATE_JWT, NULL, "jwt.pem");
    files_add(s, CS_ROTATE_SEAL, NULL, "seal.key");
    for (const char *const *signer = r->signers; *signer; signer++)
        files_add(s, CS_ROTATE_SIGN, *signer, cs_printf(&s->arena, "sign-%s.key", *signer));
    for (size_t i = 0; i < s->n; i++)
        ok = file_read(s, &s->files[i]) == 0 && ok;
    return ok;
}

/* sign.pub as the files of the signers have it */
static int public_write(struct rotating *s)
{
    const char *lines = "";

    for (size_t i = 0; i < s->n; i++) {
        if (!s->files[i].signer)
            continue;
        struct cs_signer *signer = cs_signer_new(file_text(s, &s->files[i]));
        lines = cs_printf(&s->arena, "%s%s", lines, cs_signer_public(&s->arena, signer));
        cs_signer_free(signer);
    }
    return *lines ? text_write(cs_printf(&s->arena, "%s/sign.pub", s->r->dir), lines) : 0;
}

static int changed_write(struct rotating *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->files[i].changed && text_write(s->files[i].path, file_text(s, &s->files[i])) < 0)
            return -1;
    return 0;
}

/* ---- begin ---- */

/* Of several files of one kind some may have a new key already: an earlier call has stopped between them. */
static bool kind_under_way(const struct rotating *s, unsigned what)
{
    size_t n = 0, under_way = 0;

    for (size_t i = 0; i < s->n; i++) {
        n += s->files[i].what == what;
        under_way += s->files[i].what == what && s->files[i].n > 1;
    }
    return n > 0 && n == under_way;
}

static int keys_add(struct rotating *s)
{
    for (unsigned what = CS_ROTATE_JWT; what < CS_ROTATE_ALL; what <<= 1)
        if (kind_under_way(s, what)) {
            fprintf(stderr,
                    "%s: a rotation of the %s keys is under way; finish it with --finish first\n",
                    s->r->dir,
                    what == CS_ROTATE_JWT    ? "jwt"
                    : what == CS_ROTATE_SEAL ? "seal"
                                             : "sign");
            return -1;
        }
    for (size_t i = 0; i < s->n; i++) {
        struct key_file *f = &s->files[i];
        if (f->n > 1) {
            printf("%s: has a new key already, %s\n", f->name, f->at[f->n - 1].id);
            continue;
        }
        file_add_key(s, f);
        printf("%s: key %s %s beside %s, and is used from %s on\n", f->name, f->at[f->n - 1].id,
               s->r->dry_run ? "would be made" : "was made", f->at[f->newest].id,
               time_text(s, f->at[f->n - 1].from_s));
    }
    if (s->r->dry_run)
        return 0;
    return public_write(s) < 0 ? -1 : changed_write(s);
}

int cs_rotate_begin(const struct cs_rotation *r)
{
    struct rotating s;
    int status = rotating_begin(&s, r) ? keys_add(&s) : -1;

    rotating_end(&s);
    return status;
}

/* ---- finish ---- */

/* Whether no box needs an older key than the newest; a message says why not. */
static bool boxes_done(const struct rotating *s, const struct key_file *f)
{
    const char *text = f->at[f->newest].text;
    unsigned char head[CS_SEAL_HEAD];
    struct cs_seal_ring ring;
    int64_t left;

    if (!cs_seal_ring_parse(text, &ring))
        return false;
    cs_seal_head(head, &ring.at[0]);
    left = s->r->boxes_left ? s->r->boxes_left(head) : -1;
    if (left == 0 || (left < 0 && s->r->forced))
        return true;
    if (left > 0)
        fprintf(stderr, "%s: %lld provider keys are still encrypted with an older key\n", f->path,
                (long long)left);
    else
        fprintf(stderr, "%s: the database was not asked whether an older key is needed\n", f->path);
    return false;
}

/* Whether the old keys of the file may go; a message says why not. */
static bool file_over(struct rotating *s, const struct key_file *f)
{
    int64_t end, from = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].from_s > s->now_s) {
            fprintf(stderr, "%s: key %s is not used before %s\n", f->path, f->at[i].id,
                    time_text(s, f->at[i].from_s));
            return false;
        }
        from = f->at[i].from_s > from ? f->at[i].from_s : from;
    }
    /* a key that waits is first used, then the overlap begins */
    end = from + (f->what == CS_ROTATE_JWT ? JWT_OVERLAP_S : OVERLAP_S);
    if (s->now_s < end && !s->r->forced) {
        fprintf(stderr, "%s: the old key may be needed until %s\n", f->path, time_text(s, end));
        return false;
    }
    return f->what != CS_ROTATE_SEAL || boxes_done(s, f);
}

static int keys_drop(struct rotating *s)
{
    bool over = true, any = false;

    for (size_t i = 0; i < s->n; i++) {
        struct key_file *f = &s->files[i];
        if (f->n == 1)
            continue;
        any = true;
        if (!file_over(s, f)) {
            over = false;
            continue;
        }
        for (size_t k = 0; k < f->n; k++)
            if (k != f->newest)
                printf("%s: key %s %s; %s stays\n", f->name, f->at[k].id,
                       s->r->dry_run ? "would be dropped" : "was dropped", f->at[f->newest].id);
        f->at[0] = f->at[f->newest];
        f->n = 1;
        f->newest = 0;
        f->changed = true;
    }
    if (!any)
        printf("%s: no rotation is under way\n", s->r->dir);
    if (!s->r->dry_run && (changed_write(s) < 0 || public_write(s) < 0))
        return -1;
    return over ? 0 : -1;
}

int cs_rotate_finish(const struct cs_rotation *r)
{
    struct rotating s;
    int status = rotating_begin(&s, r) ? keys_drop(&s) : -1;

    rotating_end(&s);
    return status;
}

int cs_rotate_status(const struct cs_rotation *r)
{
    struct rotating s;
    bool ok = rotating_begin(&s, r);

    for (size_t i = 0; ok && i < s.n; i++)
        for (size_t k = 0; k < s.files[i].n; k++) {
            const struct key_file *f = &s.files[i];
            const struct entry *e = &f->at[k];
            printf("%-18s %-22s %s%s\n", f->name, e->id,
                   k == f->newest        ? "in use"
                   : e->from_s > s.now_s ? "used from "
                                         : "old, accepted",
                   e->from_s > s.now_s ? time_text(&s, e->from_s) : "");
        }
    rotating_end(&s);
    return ok ? 0 : -1;
}
