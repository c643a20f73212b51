/* Signing and verifying of the caller's context, and the keys for both as text. */
#include "crypto/context.h"

#include "base/clock.h"
#include "crypto/crypto.h"
#include "crypto/keyfile.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_VERIFIED = 64,
    NONCE = 12,
    MAX_AUTH = 256,
};

struct cs_signer {
    pthread_rwlock_t lock;
    char name[CS_KEY_NAME];
    struct {
        unsigned char secret[crypto_sign_SECRETKEYBYTES];
        int64_t from_s;
    } at[CS_KEYS_MAX];
    size_t n;
};

struct cs_verifier {
    pthread_rwlock_t lock;
    struct cs_key_line at[MAX_VERIFIED];
    size_t n;
};

/* The number of keys in the lines of text; 0: one is malformed, or there are more than max. */
static size_t lines_parse(const char *text, struct cs_key_line *ret, size_t max)
{
    const char *line;
    size_t n = 0, len;

    while ((line = cs_key_line_next(&text, &len)))
        if (n == max || !cs_key_line_parse(line, len, true, &ret[n++]))
            return 0;
    return n;
}

bool cs_signer_load(struct cs_signer *s, const char *text)
{
    struct cs_key_line lines[CS_KEYS_MAX];
    unsigned char public[crypto_sign_PUBLICKEYBYTES];
    size_t n = lines_parse(text, lines, CS_KEYS_MAX);
    bool ok = n > 0;

    for (size_t i = 1; i < n; i++)
        ok = ok && strcmp(lines[i].name, lines[0].name) == 0;
    if (ok) {
        pthread_rwlock_wrlock(&s->lock);
        memcpy(s->name, lines[0].name, sizeof(s->name));
        for (size_t i = 0; i < n; i++) {
            crypto_sign_seed_keypair(public, s->at[i].secret, lines[i].bytes);
            s->at[i].from_s = lines[i].from_s;
        }
        s->n = n;
        pthread_rwlock_unlock(&s->lock);
    }
    sodium_memzero(lines, sizeof(lines));
    return ok;
}

struct cs_signer *cs_signer_new(const char *text)
{
    struct cs_signer *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    pthread_rwlock_init(&s->lock, NULL);
    if (cs_signer_load(s, text))
        return s;
    cs_signer_free(s);
    return NULL;
}

void cs_signer_free(struct cs_signer *s)
{
    if (!s)
        return;
    pthread_rwlock_destroy(&s->lock);
    sodium_memzero(s, sizeof(*s));
    free(s);
}

char *cs_signer_public(struct cs_arena *a, const struct cs_signer *s)
{
    unsigned char public[crypto_sign_PUBLICKEYBYTES];
    char *lines = cs_strdup(a, "");

    for (size_t i = 0; i < s->n; i++) {
        crypto_sign_ed25519_sk_to_pk(public, s->at[i].secret);
        lines = cs_printf(a, "%s%s %s\n", lines, s->name, cs_base64url(a, public, sizeof(public)));
    }
    return lines;
}

bool cs_verifier_load(struct cs_verifier *v, const char *text)
{
    struct cs_key_line lines[MAX_VERIFIED];
    size_t n = lines_parse(text, lines, MAX_VERIFIED);

    if (n == 0)
        return false;
    pthread_rwlock_wrlock(&v->lock);
    memcpy(v->at, lines, n * sizeof(*lines));
    v->n = n;
    pthread_rwlock_unlock(&v->lock);
    return true;
}

struct cs_verifier *cs_verifier_new(const char *text)
{
    struct cs_verifier *v = calloc(1, sizeof(*v));

    if (!v)
        abort();
    pthread_rwlock_init(&v->lock, NULL);
    if (cs_verifier_load(v, text))
        return v;
    cs_verifier_free(v);
    return NULL;
}

void cs_verifier_free(struct cs_verifier *v)
{
    if (v)
        pthread_rwlock_destroy(&v->lock);
    free(v);
}

static bool one_line(const char *s)
{
    return !s || !strchr(s, '\n');
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

/* NULL when a field could be read as two */
static char *signed_text(struct cs_arena *a, const char *signer, int64_t expiry, const char *nonce,
                         const struct cs_context *c)
{
    char body[CS_SHA256_HEX];

    if (!one_line(c->request_id) || !one_line(c->tenant) || !one_line(c->principal) ||
        !one_line(c->roles) || !one_line(c->session) || !one_line(c->idempotency_key))
        return NULL;
    cs_sha256_hex(body, c->body, c->len);
    return cs_printf(a, "cs3\n%s\n%lld\n%s\n%s.%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s", signer,
                     (long long)expiry, nonce, or_empty(c->service), or_empty(c->method), body,
                     or_empty(c->request_id), or_empty(c->tenant), or_empty(c->principal),
                     or_empty(c->roles), or_empty(c->session), or_empty(c->idempotency_key));
}

char *cs_context_sign(struct cs_arena *a, struct cs_signer *s, const struct cs_context *c)
{
    unsigned char signature[crypto_sign_BYTES], random[NONCE];
    int64_t now = cs_now_ms() / 1000, expiry = now + CS_CONTEXT_VALID_S;
    size_t key = 0;

    randombytes_buf(random, sizeof(random));
    const char *nonce = cs_base64url(a, random, sizeof(random));
    char *text = signed_text(a, s->name, expiry, nonce, c);
    if (!text)
        return NULL;
    pthread_rwlock_rdlock(&s->lock);
    for (size_t i = 1; i < s->n; i++)
        if (cs_key_preferred(s->at[i].from_s, s->at[key].from_s, now))
            key = i;
    crypto_sign_detached(signature, NULL, (const unsigned char *)text, strlen(text),
                         s->at[key].secret);
    pthread_rwlock_unlock(&s->lock);
    return cs_printf(a, "%s.%lld.%s.%s", s->name, (long long)expiry, nonce,
                     cs_base64url(a, signature, sizeof(signature)));
}

/* <digits>. of at most 12 digits; *ret_end is behind the dot; negative when malformed */
static int64_t parse_expiry(const char *s, const char **ret_end)
{
    size_t n = strspn(s, "0123456789");

    if (n == 0 || n > 12 || s[n] != '.')
        return -1;
    *ret_end = s + n + 1;
    return strtoll(s, NULL, 10);
}

/* Another clock than the signer's may be minutes off, or step. */
static bool expiry_is_near(int64_t expiry)
{
    int64_t now = cs_now_ms() / 1000;

    return expiry >= now && expiry <= now + CS_CONTEXT_VALID_S + CS_CONTEXT_SKEW_S;
}

bool cs_context_outdated(const char *auth)
{
    const char *dot = strchr(auth, '.'), *rest;
    int64_t expiry = dot ? parse_expiry(dot + 1, &rest) : -1;

    return expiry >= 0 && !expiry_is_near(expiry);
}

/* Whether one of the signer's keys has made the signature. */
static bool signature_valid(struct cs_verifier *v, const char *name, const char *text,
                            const unsigned char signature[crypto_sign_BYTES])
{
    bool valid = false;

    pthread_rwlock_rdlock(&v->lock);
    for (size_t i = 0; i < v->n && !valid; i++)
        valid = strcmp(v->at[i].name, name) == 0 &&
                crypto_sign_verify_detached(signature, (const unsigned char *)text, strlen(text),
                                            v->at[i].bytes) == 0;
    pthread_rwlock_unlock(&v->lock);
    return valid;
}

char *cs_context_verify(struct cs_arena *a, struct cs_verifier *v, const struct cs_context *c,
                        const char *auth, uint64_t *ret_mark)
{
    const char *dot = auth ? strchr(auth, '.') : NULL, *rest = NULL;
    int64_t expiry;
    const unsigned char *signature;
    char *name, *nonce, *text;
    size_t n;

    if (!dot || strlen(auth) > MAX_AUTH)
        return NULL;
    name = cs_strndup(a, auth, (size_t)(dot - auth));
    expiry = parse_expiry(dot + 1, &rest);
    if (!rest || !expiry_is_near(expiry) || !(dot = strchr(rest, '.')))
        return NULL;
    nonce = cs_strndup(a, rest, (size_t)(dot - rest));
    signature = cs_base64url_parse(a, dot + 1, &n);
    text = signed_text(a, name, expiry, nonce, c);
    if (!signature || n != crypto_sign_BYTES || !one_line(nonce) || !text ||
        !signature_valid(v, name, text, signature))
        return NULL;
    memcpy(ret_mark, signature, sizeof(*ret_mark));
    return name;
}

void cs_signer_make(struct cs_arena *a, const char *name, char **ret_key, char **ret_public_line)
{
    unsigned char seed[CS_KEY_BYTES];
    struct cs_signer *s;

    randombytes_buf(seed, sizeof(seed));
    *ret_key = cs_printf(a, "%s %s\n", name, cs_base64url(a, seed, sizeof(seed)));
    sodium_memzero(seed, sizeof(seed));
    s = cs_signer_new(*ret_key);
    if (!s)
        abort(); /* a name of our own with other characters */
    *ret_public_line = cs_signer_public(a, s);
    cs_signer_free(s);
}
