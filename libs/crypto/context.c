/* Signing and verifying of the caller's context, and the keys for both as text. */
#include "crypto/context.h"

#include "base/clock.h"
#include "crypto/crypto.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_SIZE = 32,
    MAX_KEYS = 16,
    NONCE = 12,
    MAX_AUTH = 256,
};

struct cs_signer {
    char name[NAME_SIZE];
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

struct cs_verifier {
    struct {
        char name[NAME_SIZE];
        unsigned char key[crypto_sign_PUBLICKEYBYTES];
    } at[MAX_KEYS];
    size_t n;
};

/* "<name> <base64url of 32 bytes>" */
static bool parse_line(const char *line, size_t len, char name[NAME_SIZE], unsigned char bytes[32])
{
    size_t n_name = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_-"), n;
    const char *end;

    if (n_name == 0 || n_name >= NAME_SIZE || n_name + 1 >= len || line[n_name] != ' ')
        return false;
    memcpy(name, line, n_name);
    name[n_name] = '\0';
    return sodium_base642bin(bytes, 32, line + n_name + 1, len - n_name - 1, NULL, &n, &end,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           n == 32 && end == line + len;
}

struct cs_signer *cs_signer_new(const char *text)
{
    unsigned char seed[crypto_sign_SEEDBYTES], public[crypto_sign_PUBLICKEYBYTES];
    struct cs_signer *s = calloc(1, sizeof(*s));

    if (!s || !parse_line(text, strcspn(text, "\r\n"), s->name, seed)) {
        free(s);
        return NULL;
    }
    crypto_sign_seed_keypair(public, s->secret, seed);
    sodium_memzero(seed, sizeof(seed));
    return s;
}

void cs_signer_free(struct cs_signer *s)
{
    if (s)
        sodium_memzero(s, sizeof(*s));
    free(s);
}

char *cs_signer_public(struct cs_arena *a, const struct cs_signer *s)
{
    unsigned char public[crypto_sign_PUBLICKEYBYTES];

    crypto_sign_ed25519_sk_to_pk(public, s->secret);
    return cs_printf(a, "%s %s\n", s->name, cs_base64url(a, public, sizeof(public)));
}

struct cs_verifier *cs_verifier_new(const char *text)
{
    struct cs_verifier *v = calloc(1, sizeof(*v));

    while (v && *text) {
        size_t len = strcspn(text, "\r\n");
        if (len > 0 &&
            (v->n == MAX_KEYS || !parse_line(text, len, v->at[v->n].name, v->at[v->n].key))) {
            v->n = 0;
            break;
        }
        v->n += len > 0;
        text += len;
        text += strspn(text, "\r\n");
    }
    if (v && v->n == 0) {
        free(v);
        v = NULL;
    }
    return v;
}

void cs_verifier_free(struct cs_verifier *v)
{
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

char *cs_context_sign(struct cs_arena *a, const struct cs_signer *s, const struct cs_context *c)
{
    unsigned char signature[crypto_sign_BYTES], random[NONCE];
    int64_t expiry = cs_now_ms() / 1000 + CS_CONTEXT_VALID_S;

    randombytes_buf(random, sizeof(random));
    const char *nonce = cs_base64url(a, random, sizeof(random));
    char *text = signed_text(a, s->name, expiry, nonce, c);
    if (!text)
        return NULL;
    crypto_sign_detached(signature, NULL, (const unsigned char *)text, strlen(text), s->secret);
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

char *cs_context_verify(struct cs_arena *a, const struct cs_verifier *v, const struct cs_context *c,
                        const char *auth, uint64_t *ret_mark)
{
    const char *dot = auth ? strchr(auth, '.') : NULL, *rest = NULL;
    int64_t expiry;
    const unsigned char *key = NULL, *signature;
    char *name, *nonce, *text;
    size_t n;

    if (!dot || strlen(auth) > MAX_AUTH)
        return NULL;
    name = cs_strndup(a, auth, (size_t)(dot - auth));
    for (size_t i = 0; i < v->n && !key; i++)
        if (strcmp(v->at[i].name, name) == 0)
            key = v->at[i].key;
    expiry = parse_expiry(dot + 1, &rest);
    if (!key || !rest || !expiry_is_near(expiry) || !(dot = strchr(rest, '.')))
        return NULL;
    nonce = cs_strndup(a, rest, (size_t)(dot - rest));
    signature = cs_base64url_parse(a, dot + 1, &n);
    text = signed_text(a, name, expiry, nonce, c);
    if (!signature || n != crypto_sign_BYTES || !one_line(nonce) || !text ||
        crypto_sign_verify_detached(signature, (const unsigned char *)text, strlen(text), key) < 0)
        return NULL;
    memcpy(ret_mark, signature, sizeof(*ret_mark));
    return name;
}

void cs_signer_make(struct cs_arena *a, const char *name, char **ret_key, char **ret_public_line)
{
    unsigned char seed[crypto_sign_SEEDBYTES];
    struct cs_signer s = {0};
    unsigned char public[crypto_sign_PUBLICKEYBYTES];

    randombytes_buf(seed, sizeof(seed));
    crypto_sign_seed_keypair(public, s.secret, seed);
    snprintf(s.name, sizeof(s.name), "%s", name);
    *ret_key = cs_printf(a, "%s %s\n", s.name, cs_base64url(a, seed, sizeof(seed)));
    *ret_public_line = cs_signer_public(a, &s);
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(&s, sizeof(s));
}
