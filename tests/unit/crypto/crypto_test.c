/* Encodings and digests against known values, passwords, and sealed boxes. */
#include "test.h"

#include "crypto/crypto.h"

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

static const unsigned char key[CS_SEAL_KEY] = {1, 2, 3};

static void a_sealed_secret_comes_back(void **state)
{
    size_t n, n2;
    void *box = cs_seal(&arena, key, "tenant/bot/openai", "sk-secret", &n);
    void *empty = cs_seal(&arena, key, "c", "", &n2);
    (void)state;

    assert_null(memmem(box, n, "sk-secret", 9));
    assert_string_equal(cs_unseal(&arena, key, "tenant/bot/openai", box, n), "sk-secret");
    assert_string_equal(cs_unseal(&arena, key, "c", empty, n2), "");
    assert_memory_not_equal(box, cs_seal(&arena, key, "tenant/bot/openai", "sk-secret", &n), n);
}

static void a_box_is_bound_to_key_and_context(void **state)
{
    static const unsigned char other_key[CS_SEAL_KEY] = {1, 2, 4};
    size_t n;
    void *box = cs_seal(&arena, key, "tenant-a", "sk-secret", &n);
    (void)state;

    assert_null(cs_unseal(&arena, key, "tenant-b", box, n));
    assert_null(cs_unseal(&arena, key, "", box, n));
    assert_null(cs_unseal(&arena, other_key, "tenant-a", box, n));
}

static void a_changed_box_stays_shut(void **state)
{
    size_t n;
    unsigned char *box = cs_seal(&arena, key, "c", "sk-secret", &n);
    (void)state;

    for (size_t i = 0; i < n; i++) {
        box[i] ^= 1;
        assert_null(cs_unseal(&arena, key, "c", box, n));
        box[i] ^= 1;
    }
    for (size_t len = 0; len < n; len++)
        assert_null(cs_unseal(&arena, key, "c", box, len));
    assert_null(cs_unseal(&arena, key, "c", NULL, 0));
    assert_non_null(cs_unseal(&arena, key, "c", box, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_comes_back),
        cmocka_unit_test(malformed_base64url_is_refused),
        cmocka_unit_test(sha256_is_the_known_one),
        cmocka_unit_test(tokens_differ_and_bear_their_prefix),
        cmocka_unit_test(a_password_is_verified),
        cmocka_unit_test(a_sealed_secret_comes_back),
        cmocka_unit_test(a_box_is_bound_to_key_and_context),
        cmocka_unit_test(a_changed_box_stays_shut),
    };
    return test_run_with(tests, set_up, NULL);
}
