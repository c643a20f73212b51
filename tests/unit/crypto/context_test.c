/* Signatures over a context, with every part of it changed once. */
#include "test.h"

#include "base/clock.h"
#include "crypto/context.h"
#include "crypto/crypto.h"

#include <stdlib.h>

struct fixture {
    struct cs_signer *edge, *embed;
    struct cs_verifier *both;
};

static const struct cs_context alice = {"r1", "t1", "user:a", "owner,staff", "s1"};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char *key, *embed_key, *line, *embed_line;

    cs_crypto_init();
    cs_signer_make(&arena, "edge", &key, &line);
    cs_signer_make(&arena, "embed", &embed_key, &embed_line);
    f->edge = cs_signer_new(key);
    f->embed = cs_signer_new(embed_key);
    f->both = cs_verifier_new(cs_printf(&arena, "%s\n%s", line, embed_line));
    *state = f;
    return f->edge && f->embed && f->both ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    cs_signer_free(f->edge);
    cs_signer_free(f->embed);
    cs_verifier_free(f->both);
    free(f);
    return 0;
}

static void a_signature_names_its_signer(void **state)
{
    struct fixture *f = *state;
    struct cs_context nobody = {0};

    assert_string_equal(
        cs_context_verify(&arena, f->both, &alice, cs_context_sign(&arena, f->edge, &alice)),
        "edge");
    assert_string_equal(
        cs_context_verify(&arena, f->both, &nobody, cs_context_sign(&arena, f->embed, &nobody)),
        "embed");
}

static void a_signature_holds_for_one_context_only(void **state)
{
    static const struct cs_context others[] = {
        {"r2", "t1", "user:a", "owner,staff", "s1"}, {"r1", "t2", "user:a", "owner,staff", "s1"},
        {"r1", "t1", "user:b", "owner,staff", "s1"}, {"r1", "t1", "user:a", "owner", "s1"},
        {"r1", "t1", "user:a", NULL, "s1"},          {NULL, "t1", "user:a", "owner,staff", "s1"},
        {"t1", "r1", "user:a", "owner,staff", "s1"}, {"r1", "t1", "user:a", "owner,staff", "s2"},
        {"r1", "t1", "user:a", "owner,staff", NULL},
    };
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->edge, &alice);

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_null(cs_context_verify(&arena, f->both, &others[i], auth));
}

static void a_field_cannot_pass_for_two(void **state)
{
    struct fixture *f = *state;
    struct cs_context split = {"r1", "t1\nuser:a", "owner", NULL, NULL};

    assert_null(cs_context_sign(&arena, f->edge, &split));
    assert_null(
        cs_context_verify(&arena, f->both, &split, cs_context_sign(&arena, f->edge, &alice)));
}

static void one_signer_cannot_pass_for_another(void **state)
{
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->embed, &alice);
    char *renamed = cs_printf(&arena, "edge%s", strchr(auth, '.'));

    assert_null(cs_context_verify(&arena, f->both, &alice, renamed));
}

static void another_expiry_is_refused(void **state)
{
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->edge, &alice);
    const char *signature = strrchr(auth, '.');
    int64_t now = cs_now_ms() / 1000;

    assert_non_null(cs_context_verify(&arena, f->both, &alice, auth));
    for (int64_t expiry = now - 120; expiry < now + 100000; expiry += 10000)
        assert_null(
            cs_context_verify(&arena, f->both, &alice,
                              cs_printf(&arena, "edge.%lld%s", (long long)expiry, signature)));
}

static void malformed_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        ".",
                                        "..",
                                        "edge",
                                        "edge.",
                                        "edge.1.",
                                        "edge.x.y",
                                        "edge.9999999999999999999.AAAA",
                                        "edge.-1.AAAA"};
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->edge, &alice);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_null(cs_context_verify(&arena, f->both, &alice, texts[i]));
    assert_null(cs_context_verify(&arena, f->both, &alice, NULL));
    assert_null(cs_context_verify(&arena, f->both, &alice, cs_printf(&arena, "%sA", auth)));
    auth[strlen(auth) - 3] ^= 1;
    assert_null(cs_context_verify(&arena, f->both, &alice, auth));
}

static void keys_that_are_none_are_refused(void **state)
{
    static const char *const texts[] = {"", "edge", "edge ", "edge AAAA", "Edge AAAA", " AAAA"};
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_null(cs_signer_new(texts[i]));
        assert_null(cs_verifier_new(texts[i]));
    }
}

static void the_public_line_follows_from_the_key(void **state)
{
    (void)state;
    char *key, *line;

    cs_signer_make(&arena, "x", &key, &line);
    struct cs_signer *s = cs_signer_new(key);
    assert_string_equal(cs_signer_public(&arena, s), line);
    cs_signer_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_names_its_signer),
        cmocka_unit_test(a_signature_holds_for_one_context_only),
        cmocka_unit_test(a_field_cannot_pass_for_two),
        cmocka_unit_test(one_signer_cannot_pass_for_another),
        cmocka_unit_test(another_expiry_is_refused),
        cmocka_unit_test(malformed_is_refused),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(the_public_line_follows_from_the_key),
    };
    return test_run_with(tests, set_up, tear_down);
}
