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
    VALID_S = 60,
    SKEW_S = 30, /* how far a signer's clock may be ahead of ours */
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

/* NULL when a field could be read as two */
static char *signed_text(struct cs_arena *a, const char *signer, int64_t expiry,
                         const struct cs_context *c)
{
    if (!one_line(c->request_id) || !one_line(c->tenant) || !one_line(c->principal) ||
        !one_line(c->roles) || !one_line(c->session))
        return NULL;
    return cs_printf(a, "cs2\n%s\n%lld\n%s\n%s\n%s\n%s\n%s", signer, (long long)expiry,
                     c->request_id ? c->request_id : "", c->tenant ? c->tenant : "",
                     c->principal ? c->principal : "", c->roles ? c->roles : "",
                     c->session ? c->session : "");
}

char *cs_context_sign(struct cs_arena *a, const struct cs_signer *s, const struct cs_context *c)
{
    unsigned char signature[crypto_sign_BYTES];
    int64_t expiry = cs_now_ms() / 1000 + VALID_S;
    char *text = signed_text(a, s->name, expiry, c);

    if (!text)
        return NULL;
    crypto_sign_detached(signature, NULL, (const unsigned char *)text, strlen(text), s->secret);
    return cs_printf(a, "%s.%lld.%s", s->name, (long long)expiry,
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

char *cs_context_verify(struct cs_arena *a, const struct cs_verifier *v, const struct cs_context *c,
                        const char *auth)
{
    const char *dot = auth ? strchr(auth, '.') : NULL, *rest = NULL;
    int64_t expiry, now = cs_now_ms() / 1000;
    const unsigned char *key = NULL, *signature;
    char *name, *text;
    size_t n;

    if (!dot || strlen(auth) > MAX_AUTH)
        return NULL;
    name = cs_strndup(a, auth, (size_t)(dot - auth));
    for (size_t i = 0; i < v->n && !key; i++)
        if (strcmp(v->at[i].name, name) == 0)
            key = v->at[i].key;
    expiry = parse_expiry(dot + 1, &rest);
    if (!key || expiry < now || expiry > now + VALID_S + SKEW_S)
        return NULL;
    signature = cs_base64url_parse(a, rest, &n);
    text = signed_text(a, name, expiry, c);
    if (!signature || n != crypto_sign_BYTES || !text ||
        crypto_sign_verify_detached(signature, (const unsigned char *)text, strlen(text), key) < 0)
        return NULL;
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
