/* Base32 with a checksum for keys, and signed claims for JWTs. */
#include "nats/nkey.h"

#include "base/clock.h"
#include "base/id.h"
#include "crypto/crypto.h"

#include <sodium.h>
#include <string.h>

enum {
    PREFIX_SEED = 18 << 3, /* S */
    RAW_PUBLIC = 1 + 32 + 2,
    RAW_SEED = 2 + 32 + 2,
};

/* upper five bits of the first byte give the first letter */
static const unsigned char prefixes[] = {
    [CS_NKEY_OPERATOR] = 14 << 3, /* O */
    [CS_NKEY_ACCOUNT] = 0,        /* A */
    [CS_NKEY_USER] = 20 << 3,     /* U */
};

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* RFC 4648 without padding; out has room for 8 letters per 5 bytes and the terminator */
static void base32_write(char *out, const unsigned char *p, size_t n)
{
    unsigned acc = 0, bits = 0;

    for (size_t i = 0; i < n; i++) {
        acc = (acc << 8 | p[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = base32[acc >> (bits - 5) & 31];
    }
    if (bits > 0)
        *out++ = base32[acc << (5 - bits) & 31];
    *out = '\0';
}

/* exactly n bytes, or false */
static bool base32_read(unsigned char *out, size_t n, const char *s)
{
    unsigned acc = 0, bits = 0;
    size_t got = 0;

    for (; *s; s++) {
        const char *at = memchr(base32, *s, 32);
        if (!at)
            return false;
        acc = (acc << 5 | (unsigned)(at - base32)) & 0xfff;
        bits += 5;
        if (bits < 8)
            continue;
        if (got == n)
            return false;
        bits -= 8;
        out[got++] = (unsigned char)(acc >> bits);
    }
    return got == n && (acc & ((1U << bits) - 1)) == 0;
}

/* CRC-16/XMODEM */
static unsigned nkey_crc16(const unsigned char *p, size_t n)
{
    unsigned crc = 0;

    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned)p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
    return crc;
}

/* Puts the check sum, little endian, behind the n bytes and writes all as text. */
static void nkey_encode(char *out, unsigned char *raw, size_t n)
{
    unsigned crc = nkey_crc16(raw, n);

    raw[n] = (unsigned char)(crc & 0xff);
    raw[n + 1] = (unsigned char)(crc >> 8);
    base32_write(out, raw, n + 2);
}

/* Everything else of a key follows from its kind and seed. */
static void nkey_complete(struct cs_nkey *key)
{
    unsigned char raw[RAW_SEED], public[32], secret[crypto_sign_SECRETKEYBYTES];

    crypto_sign_seed_keypair(public, secret, key->seed);
    raw[0] = prefixes[key->kind];
    memcpy(raw + 1, public, 32);
    nkey_encode(key->public_key, raw, 33);

    raw[0] = (unsigned char)(PREFIX_SEED | prefixes[key->kind] >> 5);
    raw[1] = (unsigned char)((prefixes[key->kind] & 31) << 3);
    memcpy(raw + 2, key->seed, 32);
    nkey_encode(key->seed_text, raw, 34);
    sodium_memzero(raw, sizeof(raw));
    sodium_memzero(secret, sizeof(secret));
}

void cs_nkey_new(enum cs_nkey_kind kind, struct cs_nkey *ret)
{
    ret->kind = kind;
    cs_random(ret->seed, sizeof(ret->seed));
    nkey_complete(ret);
}

bool cs_nkey_from_seed(const char *seed_text, struct cs_nkey *ret)
{
    unsigned char raw[RAW_SEED];
    unsigned prefix;

    if (!base32_read(raw, sizeof(raw), seed_text) || (raw[0] & 0xf8) != PREFIX_SEED ||
        nkey_crc16(raw, RAW_SEED - 2) != (raw[RAW_SEED - 2] | (unsigned)raw[RAW_SEED - 1] << 8))
        return false;
    prefix = (raw[0] & 7U) << 5 | raw[1] >> 3;
    for (size_t kind = 0; kind < sizeof(prefixes); kind++)
        if (prefixes[kind] == prefix) {
            ret->kind = (enum cs_nkey_kind)kind;
            memcpy(ret->seed, raw + 2, 32);
            nkey_complete(ret);
            sodium_memzero(raw, sizeof(raw));
            return true;
        }
    return false;
}

/* ---- JWT ---- */

static char *jwt_part(struct cs_arena *a, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT), *out;

    if (!text)
        abort();
    out = cs_base64url(a, text, strlen(text));
    free(text);
    json_decref(value);
    return out;
}

/* jti: any hash of the claims will do */
static json_t *claims_of(const struct cs_nkey *issuer, const char *subject, const char *name,
                         json_t *nats)
{
    json_t *claims =
        json_pack("{s:I, s:s, s:s, s:s, s:o}", "iat", (json_int_t)(cs_now_ms() / 1000), "iss",
                  issuer->public_key, "name", name, "sub", subject, "nats", nats);
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    unsigned char hash[32];
    char jti[64];

    if (!text)
        abort();
    cs_sha256(hash, text, strlen(text));
    free(text);
    base32_write(jti, hash, sizeof(hash));
    json_object_set_new(claims, "jti", json_string(jti));
    return claims;
}

char *cs_nkey_jwt(struct cs_arena *a, const struct cs_nkey *issuer, const char *subject,
                  const char *name, json_t *nats)
{
    unsigned char public[32], secret[crypto_sign_SECRETKEYBYTES], signature[crypto_sign_BYTES];
    const char *head = jwt_part(a, json_pack("{s:s, s:s}", "typ", "JWT", "alg", "ed25519-nkey"));
    const char *text =
        cs_printf(a, "%s.%s", head, jwt_part(a, claims_of(issuer, subject, name, nats)));

    crypto_sign_seed_keypair(public, secret, issuer->seed);
    crypto_sign_detached(signature, NULL, (const unsigned char *)text, strlen(text), secret);
    sodium_memzero(secret, sizeof(secret));
    return cs_printf(a, "%s.%s", text, cs_base64url(a, signature, sizeof(signature)));
}

char *cs_nkey_creds(struct cs_arena *a, const char *user_jwt, const struct cs_nkey *user)
{
    return cs_printf(a,
                     "-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n"
                     "************************* IMPORTANT *************************\n"
                     "NKEY Seed printed below can be used to sign and prove identity.\n"
                     "NKEYs are sensitive and should be treated as secrets.\n\n"
                     "-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n",
                     user_jwt, user->seed_text);
}
