/* Encodings and digests against known values, passwords, and sealed boxes. */
#include "test.h"

#include "base/clock.h"
#include "crypto/crypto.h"

#include <sodium.h>

static int set_up(void **state)
{
    (void)state;
    return cs_crypto_init();
}

static void base64url_comes_back(void **state)
{
    unsigned char bytes[70];
    size_t n;
    (void)state;

    for (size_t len = 0; len <= sizeof(bytes); len++) {
        memset(bytes, (int)(len * 37), len);
        char *text = cs_base64url(&arena, bytes, len);
        assert_null(strpbrk(text, "+/="));
        void *back = cs_base64url_parse(&arena, text, &n);
        assert_non_null(back);
        assert_int_equal(n, len);
        assert_memory_equal(back, bytes, len);
    }
}

/* RFC 4231, test case 2 */
static void hmac_is_compared(void **state)
{
    static const char hex[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    (void)state;

    assert_true(cs_hmac_matches("Jefe", "what do ya want for nothing?", hex));
    assert_false(cs_hmac_matches("jefe", "what do ya want for nothing?", hex));
    assert_false(cs_hmac_matches("Jefe", "what do ya want for nothing!", hex));
    assert_false(cs_hmac_matches("Jefe", "what do ya want for nothing?", ""));
}

static void malformed_base64url_is_refused(void **state)
{
    static const char *const texts[] = {"A", "AA=", "AAA=", "A+AA", "AA A", "AB", "AAAA\n"};
    size_t n;
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_null(cs_base64url_parse(&arena, texts[i], &n));
}

static void sha256_is_the_known_one(void **state)
{
    static const char *const abc =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char hex[CS_SHA256_HEX], raw[CS_SHA256_HEX];
    struct cs_sha256_state s;
    unsigned char hash[32];
    (void)state;

    cs_sha256_hex(hex, "abc", 3);
    assert_string_equal(hex, abc);
    cs_sha256(hash, "abc", 3);
    cs_hex(raw, hash, sizeof(hash));
    assert_string_equal(raw, abc);
    cs_sha256_begin(&s);
    cs_sha256_update(&s, "a", 1);
    cs_sha256_update(&s, "bc", 2);
    cs_sha256_end(&s, hex);
    assert_string_equal(hex, abc);
}

static void tokens_differ_and_bear_their_prefix(void **state)
{
    char *a = cs_token_new(&arena, "cs_"), *b = cs_token_new(&arena, "cs_");
    (void)state;

    assert_memory_equal(a, "cs_", 3);
    assert_int_equal(strlen(a), 3 + 43);
    assert_string_not_equal(a, b);
}

static void a_password_is_verified(void **state)
{
    char *hash = cs_password_hash(&arena, "correct horse");
    (void)state;

    assert_non_null(hash);
    assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
    assert_true(cs_password_verify(hash, "correct horse"));
    assert_false(cs_password_verify(hash, "correct horsf"));
    assert_false(cs_password_verify(hash, ""));
    assert_false(cs_password_verify(NULL, "correct horse"));
    assert_false(cs_password_verify("", "correct horse"));
    assert_false(cs_password_verify("$argon2id$v=19$m=19456,t=2,p=1$garbage", "correct horse"));
    assert_string_not_equal(hash, cs_password_hash(&arena, "correct horse"));
}

static const unsigned char bytes[CS_SEAL_KEY] = {1, 2, 3}, other_bytes[CS_SEAL_KEY] = {1, 2, 4};

static struct cs_seal_ring ring_of(const unsigned char key[CS_SEAL_KEY])
{
    struct cs_seal_ring ring = {.n = 1};

    cs_seal_key_set(&ring.at[0], key);
    return ring;
}

static void a_sealed_secret_comes_back(void **state)
{
    struct cs_seal_ring ring = ring_of(bytes);
    size_t n, n2;
    void *box = cs_seal(&arena, &ring.at[0], "tenant/bot/openai", "sk-secret", &n);
    void *empty = cs_seal(&arena, &ring.at[0], "c", "", &n2);
    (void)state;

    assert_null(memmem(box, n, "sk-secret", 9));
    assert_string_equal(cs_unseal(&arena, &ring, "tenant/bot/openai", box, n), "sk-secret");
    assert_string_equal(cs_unseal(&arena, &ring, "c", empty, n2), "");
    assert_memory_not_equal(box, cs_seal(&arena, &ring.at[0], "tenant/bot/openai", "sk-secret", &n),
                            n);
}

static void a_box_is_bound_to_key_and_context(void **state)
{
    struct cs_seal_ring ring = ring_of(bytes), other = ring_of(other_bytes);
    size_t n;
    void *box = cs_seal(&arena, &ring.at[0], "tenant-a", "sk-secret", &n);
    (void)state;

    assert_null(cs_unseal(&arena, &ring, "tenant-b", box, n));
    assert_null(cs_unseal(&arena, &ring, "", box, n));
    assert_null(cs_unseal(&arena, &other, "tenant-a", box, n));
}

static void a_changed_box_stays_shut(void **state)
{
    struct cs_seal_ring ring = ring_of(bytes);
    size_t n;
    unsigned char *box = cs_seal(&arena, &ring.at[0], "c", "sk-secret", &n);
    (void)state;

    for (size_t i = 0; i < n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            box[i] ^= (unsigned char)(1 << bit);
            assert_null(cs_unseal(&arena, &ring, "c", box, n));
            box[i] ^= (unsigned char)(1 << bit);
        }
    }
    for (size_t len = 0; len < n; len++)
        assert_null(cs_unseal(&arena, &ring, "c", box, len));
    assert_null(cs_unseal(&arena, &ring, "c", NULL, 0));
    assert_non_null(cs_unseal(&arena, &ring, "c", box, n));
}

/* "sk-old" for "tenant/bot/openai" under `bytes`, made by the program of before, without an id */
static unsigned char *box_of_before(size_t *ret_len)
{
    unsigned char *box = cs_alloc(&arena, 1 + 24 + 6 + 16), nonce[24] = {7};
    unsigned long long len;

    box[0] = 1;
    memcpy(box + 1, nonce, sizeof(nonce));
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + 25, &len, (const unsigned char *)"sk-old", 6,
                                               (const unsigned char *)"tenant/bot/openai", 17, NULL,
                                               nonce, bytes);
    *ret_len = 25 + (size_t)len;
    return box;
}

static void a_box_without_an_id_is_tried_with_each_key(void **state)
{
    struct cs_seal_ring ring = ring_of(other_bytes);
    size_t n;
    unsigned char *box = box_of_before(&n);
    (void)state;

    assert_null(cs_unseal(&arena, &ring, "tenant/bot/openai", box, n));
    cs_seal_key_set(&ring.at[ring.n++], bytes);
    assert_string_equal(cs_unseal(&arena, &ring, "tenant/bot/openai", box, n), "sk-old");
    assert_null(cs_unseal(&arena, &ring, "tenant/bot/other", box, n));
    box[n - 1] ^= 1;
    assert_null(cs_unseal(&arena, &ring, "tenant/bot/openai", box, n));
}

static void a_box_opens_with_the_key_of_its_id_alone(void **state)
{
    struct cs_seal_ring ring = ring_of(bytes);
    unsigned char head[CS_SEAL_HEAD], *box;
    size_t n;
    (void)state;

    cs_seal_key_set(&ring.at[ring.n++], other_bytes);
    box = cs_seal(&arena, &ring.at[0], "c", "sk-secret", &n);
    cs_seal_head(head, &ring.at[0]);
    assert_memory_equal(box, head, CS_SEAL_HEAD);
    assert_string_equal(cs_unseal(&arena, &ring, "c", box, n), "sk-secret");

    cs_seal_head(head, &ring.at[1]); /* the id of the other key, which is known */
    memcpy(box, head, CS_SEAL_HEAD);
    assert_null(cs_unseal(&arena, &ring, "c", box, n));
    memcpy(ring.at[0].id, ring.at[1].id,
           sizeof(ring.at[0].id)); /* the right key under a wrong id */
    assert_null(cs_unseal(&arena, &ring, "c", box, n));
}

static void the_newest_key_in_use_seals(void **state)
{
    char *one = cs_token_new(&arena, ""), *two = cs_token_new(&arena, "");
    long long now = cs_now_ms() / 1000;
    struct cs_seal_ring ring;
    (void)state;

    assert_true(cs_seal_ring_parse(one, &ring));
    assert_ptr_equal(cs_seal_ring_newest(&ring), &ring.at[0]);
    assert_true(cs_seal_ring_parse(cs_printf(&arena, "%s\n%s %lld\n", one, two, now + 600), &ring));
    assert_ptr_equal(cs_seal_ring_newest(&ring), &ring.at[0]);
    assert_true(cs_seal_ring_parse(cs_printf(&arena, "%s\n%s %lld\n", one, two, now - 1), &ring));
    assert_ptr_equal(cs_seal_ring_newest(&ring), &ring.at[1]);
    assert_true(cs_seal_ring_parse(
        cs_printf(&arena, "%s %lld\r\n%s %lld", one, now - 1, two, now - 9), &ring));
    assert_ptr_equal(cs_seal_ring_newest(&ring), &ring.at[0]);
    assert_true(cs_seal_ring_parse(
        cs_printf(&arena, "%s %lld\n%s %lld", one, now + 90, two, now + 60), &ring));
    assert_ptr_equal(cs_seal_ring_newest(&ring), &ring.at[1]); /* none is in use yet */
}

static void a_malformed_key_file_is_refused(void **state)
{
    char *key = cs_token_new(&arena, "");
    const char *wrong[] = {
        "",
        "\n",
        "nonsense",
        cs_printf(&arena, "%s\nnonsense", key),
        cs_printf(&arena, "%s soon", key),
        cs_printf(&arena, "%s 12x", key),
        cs_printf(&arena, "%s -1", key),
        cs_printf(&arena, "%s 1 2", key),
        cs_printf(&arena, "%s 1234567890123", key),
        cs_printf(&arena, " %s", key),
        cs_printf(&arena, "%sA", key),
        cs_printf(&arena, "%s\n%s\n%s\n%s\n%s", key, key, key, key, key),
    };
    struct cs_seal_ring ring;
    (void)state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(cs_seal_ring_parse(wrong[i], &ring));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_comes_back),
        cmocka_unit_test(hmac_is_compared),
        cmocka_unit_test(malformed_base64url_is_refused),
        cmocka_unit_test(sha256_is_the_known_one),
        cmocka_unit_test(tokens_differ_and_bear_their_prefix),
        cmocka_unit_test(a_password_is_verified),
        cmocka_unit_test(a_sealed_secret_comes_back),
        cmocka_unit_test(a_box_is_bound_to_key_and_context),
        cmocka_unit_test(a_changed_box_stays_shut),
        cmocka_unit_test(a_box_without_an_id_is_tried_with_each_key),
        cmocka_unit_test(a_box_opens_with_the_key_of_its_id_alone),
        cmocka_unit_test(the_newest_key_in_use_seals),
        cmocka_unit_test(a_malformed_key_file_is_refused),
    };
    return test_run_with(tests, set_up, NULL);
}
