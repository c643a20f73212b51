/*
 * ES256 tokens by libjwt, with the checks of shape, key and algorithm that the library leaves to
 * its caller.
 */
#include "crypto/jwt.h"

#include "base/clock.h"
#include "crypto/crypto.h"
#include "crypto/keyfile.h"

#include <jwt.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

enum { COORDINATE = 32, MAX_TOKEN = 4096 };

/* a PEM with a pass phrase must not make OpenSSL ask on the terminal */
static int no_pass_phrase(char *buf, int size, int rwflag, void *state)
{
    (void)buf, (void)size, (void)rwflag, (void)state;
    return 0;
}

/* The key, private or public, if it is one on P-256; the caller frees it. */
static EVP_PKEY *read_pem(const char *pem)
{
    bool private = strstr(pem, "PRIVATE KEY-----") != NULL;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key;
    char group[32] = "";

    if (!bio)
        return NULL;
    key = private ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL)
                  : PEM_read_bio_PUBKEY(bio, NULL, no_pass_phrase, NULL);
    BIO_free(bio);
    if (key && (!EVP_PKEY_is_a(key, "EC") ||
                EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
                strcmp(group, "prime256v1") != 0)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

bool cs_jwt_key_load(const char *pem, struct cs_jwt_key *ret)
{
    unsigned char *der = NULL, hash[32];
    EVP_PKEY *key = read_pem(pem);
    struct cs_arena a = {0};
    int n;

    if (!key)
        return false;
    n = i2d_PUBKEY(key, &der);
    EVP_PKEY_free(key);
    if (n <= 0)
        return false;
    cs_sha256(hash, der, (size_t)n);
    OPENSSL_free(der);

    cs_arena_init(&a);
    snprintf(ret->kid, sizeof(ret->kid), "%s", cs_base64url(&a, hash, 16));
    cs_arena_dispose(&a);
    ret->from_s = 0;
    ret->pem = strdup(pem);
    return ret->pem != NULL;
}

/* The block that begins at or behind text, and its length; NULL: there is none, or it has no end. */
static const char *pem_next(const char *text, size_t *ret_len)
{
    static const char end_mark[] = "-----END ";
    const char *block = strstr(text, "-----BEGIN "), *end = block ? strstr(block, end_mark) : NULL;
    const char *close = end ? strstr(end + strlen(end_mark), "-----") : NULL;

    if (!close)
        return NULL;
    *ret_len = (size_t)(close + 5 - block);
    return block;
}

/* The time in the line "used-from: " of the n bytes before a block; 0: none; negative: malformed. */
static int64_t pem_from(const char *head, size_t n)
{
    static const char mark[] = CS_JWT_USED_FROM;
    const char *line = memmem(head, n, mark, strlen(mark)), *value;
    int64_t from = 0;

    if (!line)
        return 0;
    value = line + strlen(mark);
    return cs_key_from_parse(value, strcspn(value, "\r\n"), &from) ? from : -1;
}

size_t cs_jwt_keys_load(const char *text, struct cs_jwt_key *keys, size_t max)
{
    const char *block;
    size_t n = 0, len;
    bool ok = true;

    for (; ok && (block = pem_next(text, &len)); text = block + len) {
        int64_t from = pem_from(text, (size_t)(block - text));
        char *pem = strndup(block, len);

        ok = pem && from >= 0 && n < max && cs_jwt_key_load(pem, &keys[n]);
        if (pem)
            OPENSSL_cleanse(pem, len);
        free(pem);
        if (!ok)
            break;
        keys[n++].from_s = from;
        for (size_t i = 0; i + 1 < n; i++)
            ok = ok && strcmp(keys[i].kid, keys[n - 1].kid) != 0;
    }
    while (!ok && n > 0)
        cs_jwt_key_free(&keys[--n]);
    return n;
}

const struct cs_jwt_key *cs_jwt_keys_newest(const struct cs_jwt_key *keys, size_t n)
{
    const struct cs_jwt_key *best = &keys[0];
    int64_t now = cs_now_ms() / 1000;

    for (size_t i = 1; i < n; i++)
        if (cs_key_preferred(keys[i].from_s, best->from_s, now))
            best = &keys[i];
    return best;
}

void cs_jwt_key_free(struct cs_jwt_key *key)
{
    if (key->pem)
        OPENSSL_cleanse(key->pem, strlen(key->pem));
    free(key->pem);
    key->pem = NULL;
}

static char *take_bio(struct cs_arena *a, BIO *bio)
{
    char *p, *text;
    long n = BIO_get_mem_data(bio, &p);

    text = n > 0 ? cs_strndup(a, p, (size_t)n) : NULL;
    BIO_free(bio);
    return text;
}

char *cs_jwt_public_pem(struct cs_arena *a, const char *private_pem)
{
    EVP_PKEY *key = read_pem(private_pem);
    BIO *bio = key ? BIO_new(BIO_s_mem()) : NULL;
    char *text = NULL;

    if (bio && PEM_write_bio_PUBKEY(bio, key) == 1)
        text = take_bio(a, bio);
    else
        BIO_free(bio);
    EVP_PKEY_free(key);
    return text;
}

char *cs_jwt_new_pem(struct cs_arena *a)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = key ? BIO_new(BIO_s_secmem()) : NULL;
    char *text = NULL;

    if (bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        text = take_bio(a, bio);
    else
        BIO_free(bio);
    EVP_PKEY_free(key);
    return text;
}

static char *key_coordinate(struct cs_arena *a, const EVP_PKEY *key, const char *name)
{
    unsigned char bytes[COORDINATE];
    BIGNUM *n = NULL;
    char *text = NULL;

    if (EVP_PKEY_get_bn_param(key, name, &n) == 1 &&
        BN_bn2binpad(n, bytes, sizeof(bytes)) == COORDINATE)
        text = cs_base64url(a, bytes, sizeof(bytes));
    BN_free(n);
    return text;
}

bool cs_jwt_coordinates(struct cs_arena *a, const char *pem, char **ret_x, char **ret_y)
{
    EVP_PKEY *key = read_pem(pem);
    char *x, *y;

    if (!key)
        return false;
    x = key_coordinate(a, key, OSSL_PKEY_PARAM_EC_PUB_X);
    y = key_coordinate(a, key, OSSL_PKEY_PARAM_EC_PUB_Y);
    EVP_PKEY_free(key);
    if (!x || !y)
        return false;
    *ret_x = x;
    *ret_y = y;
    return true;
}

static char *claims_sign(struct cs_arena *a, const struct cs_jwt_key *key, const char *claims)
{
    char *token = NULL, *text = NULL;
    jwt_t *jwt = NULL;

    if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, claims) == 0 &&
        jwt_add_header(jwt, "kid", key->kid) == 0 &&
        jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)key->pem, (int)strlen(key->pem)) ==
            0)
        token = jwt_encode_str(jwt);
    if (token)
        text = cs_strdup(a, token);
    free(token);
    jwt_free(jwt);
    return text;
}

char *cs_jwt_sign(struct cs_arena *a, const struct cs_jwt_key *key, json_t *claims, int64_t ttl_s)
{
    int64_t now = cs_now_ms() / 1000;
    char *text, *token = NULL;

    json_object_set_new(claims, "iat", json_integer(now));
    json_object_set_new(claims, "exp", json_integer(now + ttl_s));
    text = json_dumps(claims, JSON_COMPACT);
    json_decref(claims);
    if (text)
        token = claims_sign(a, key, text);
    free(text);
    return token;
}

/* The key the token's header names, if it also says ES256; nothing else of it is believed yet. */
static const struct cs_jwt_key *key_of(const char *token, const struct cs_jwt_key *keys, size_t n)
{
    const struct cs_jwt_key *found = NULL;
    const char *kid, *alg;
    jwt_t *jwt = NULL;

    if (jwt_decode(&jwt, token, NULL, 0) != 0)
        return NULL;
    kid = jwt_get_header(jwt, "kid");
    for (size_t i = 0; kid && !found && i < n; i++)
        if (strcmp(keys[i].kid, kid) == 0)
            found = &keys[i];
    /* without a key the library forgets the algorithm, but not the header */
    alg = jwt_get_header(jwt, "alg");
    if (!alg || strcmp(alg, "ES256") != 0)
        found = NULL;
    jwt_free(jwt);
    return found;
}

/* Three parts; the library writes beyond its memory for an empty one. */
static bool in_shape(const char *token)
{
    for (int parts = 1;; parts++) {
        size_t n = strcspn(token, ".");
        if (n == 0 || !token[n])
            return n > 0 && parts == 3;
        token += n + 1;
    }
}

/*
 * Whether each part is the one spelling of its bytes. The library takes padding and any bits after the last byte as well,
 * so that a token had many texts.
 */
static bool parts_are_canonical(const char *token)
{
    struct cs_arena a;
    bool ok = true;

    cs_arena_init(&a);
    for (size_t n = 0; ok && *token; token += n + (token[n] == '.')) {
        n = strcspn(token, ".");
        size_t len;
        const char *part = cs_strndup(&a, token, n);
        const void *bytes = cs_base64url_parse(&a, part, &len);
        ok = bytes && strcmp(cs_base64url(&a, bytes, len), part) == 0;
    }
    cs_arena_dispose(&a);
    return ok;
}

json_t *cs_jwt_verify(const char *token, const struct cs_jwt_key *keys, size_t n_keys)
{
    const struct cs_jwt_key *key;
    json_t *claims = NULL, *exp;
    jwt_t *jwt = NULL;

    if (strnlen(token, MAX_TOKEN + 1) > MAX_TOKEN || !in_shape(token) ||
        !parts_are_canonical(token) || !(key = key_of(token, keys, n_keys)))
        return NULL;
    if (jwt_decode(&jwt, token, (const unsigned char *)key->pem, (int)strlen(key->pem)) != 0)
        return NULL;
    if (jwt_get_alg(jwt) == JWT_ALG_ES256) {
        char *text = jwt_get_grants_json(jwt, NULL);
        claims = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
        free(text);
    }
    jwt_free(jwt);

    exp = json_object_get(claims, "exp");
    if (!json_is_integer(exp) || json_integer_value(exp) <= cs_now_ms() / 1000) {
        json_decref(claims);
        return NULL;
    }
    return claims;
}
