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

static const struct cs_context alice = {.service = "bot_store",
                                        .method = "update_bot",
                                        .body = "body",
                                        .len = 4,
                                        .request_id = "r1",
                                        .tenant = "t1",
                                        .principal = "user:a",
                                        .roles = "owner,staff",
                                        .session = "s1",
                                        .idempotency_key = "k1"};
static uint64_t mark;

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
        cs_context_verify(&arena, f->both, &alice, cs_context_sign(&arena, f->edge, &alice), &mark),
        "edge");
    assert_string_equal(cs_context_verify(&arena, f->both, &nobody,
                                          cs_context_sign(&arena, f->embed, &nobody), &mark),
                        "embed");
}

static void a_signature_holds_for_one_context_only(void **state)
{
    struct cs_context others[24];
    size_t n = 0;
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->edge, &alice);

#define OTHER(field_, value_) (others[n] = alice, others[n++].field_ = (value_))
    OTHER(service, "auth");
    OTHER(method, "delete_bot");
    OTHER(body, "bodx");
    OTHER(len, 3);
    OTHER(len, 0);
    OTHER(request_id, "r2");
    OTHER(request_id, NULL);
    OTHER(tenant, "t2");
    OTHER(tenant, "r1");
    OTHER(principal, "user:b");
    OTHER(roles, "owner");
    OTHER(roles, NULL);
    OTHER(session, "s2");
    OTHER(session, NULL);
    OTHER(idempotency_key, "k2");
    OTHER(idempotency_key, NULL);
#undef OTHER
    assert_non_null(cs_context_verify(&arena, f->both, &alice, auth, &mark));
    for (size_t i = 0; i < n; i++)
        assert_null(cs_context_verify(&arena, f->both, &others[i], auth, &mark));
}

static void two_signatures_over_one_call_differ(void **state)
{
    struct fixture *f = *state;
    char *one = cs_context_sign(&arena, f->edge, &alice);
    char *two = cs_context_sign(&arena, f->edge, &alice);
    uint64_t first, second;

    assert_string_not_equal(one, two);
    assert_non_null(cs_context_verify(&arena, f->both, &alice, one, &first));
    assert_non_null(cs_context_verify(&arena, f->both, &alice, two, &second));
    assert_true(first != second);
    assert_non_null(cs_context_verify(&arena, f->both, &alice, one, &second));
    assert_true(first == second);
}

static void a_field_cannot_pass_for_two(void **state)
{
    struct fixture *f = *state;
    struct cs_context split = alice;

    split.tenant = "t1\nuser:a";

    assert_null(cs_context_sign(&arena, f->edge, &split));
    assert_null(cs_context_verify(&arena, f->both, &split, cs_context_sign(&arena, f->edge, &alice),
                                  &mark));
}

static void one_signer_cannot_pass_for_another(void **state)
{
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->embed, &alice);
    char *renamed = cs_printf(&arena, "edge%s", strchr(auth, '.'));

    assert_null(cs_context_verify(&arena, f->both, &alice, renamed, &mark));
}

static void another_expiry_is_refused(void **state)
{
    struct fixture *f = *state;
    char *auth = cs_context_sign(&arena, f->edge, &alice);
    const char *signature = strchr(strchr(auth, '.') + 1, '.'); /* with its nonce */
    int64_t now = cs_now_ms() / 1000;

    assert_non_null(cs_context_verify(&arena, f->both, &alice, auth, &mark));
    for (int64_t expiry = now - 120; expiry < now + 100000; expiry += 10000)
        assert_null(cs_context_verify(
            &arena, f->both, &alice, cs_printf(&arena, "edge.%lld%s", (long long)expiry, signature),
            &mark));
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
        assert_null(cs_context_verify(&arena, f->both, &alice, texts[i], &mark));
    assert_null(cs_context_verify(&arena, f->both, &alice, NULL, &mark));
    assert_null(cs_context_verify(&arena, f->both, &alice, cs_printf(&arena, "%sA", auth), &mark));
    auth[strlen(auth) - 3] ^= 1;
    assert_null(cs_context_verify(&arena, f->both, &alice, auth, &mark));
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

static void each_key_of_a_name_is_accepted_until_it_is_dropped(void **state)
{
    struct fixture *f = *state;
    char *old_key, *old_line, *key, *line;
    long long now = cs_now_ms() / 1000;
    (void)f;

    cs_signer_make(&arena, "edge", &old_key, &old_line);
    cs_signer_make(&arena, "edge", &key, &line);
    key[strlen(key) - 1] = '\0'; /* the line end */
    struct cs_signer *old = cs_signer_new(old_key);
    struct cs_signer *both =
        cs_signer_new(cs_printf(&arena, "%s%s %lld\n", old_key, key, now + 600));
    struct cs_verifier *v = cs_verifier_new(old_line);

    /* a key that is not in use yet signs nothing */
    assert_non_null(
        cs_context_verify(&arena, v, &alice, cs_context_sign(&arena, both, &alice), &mark));
    assert_string_equal(cs_signer_public(&arena, both), cs_printf(&arena, "%s%s", old_line, line));

    /* from its time on it signs; who has both public keys accepts either */
    assert_true(cs_signer_load(both, cs_printf(&arena, "%s%s %lld\n", old_key, key, now)));
    assert_null(cs_context_verify(&arena, v, &alice, cs_context_sign(&arena, both, &alice), &mark));
    assert_true(cs_verifier_load(v, cs_printf(&arena, "%s%s", old_line, line)));
    assert_non_null(
        cs_context_verify(&arena, v, &alice, cs_context_sign(&arena, both, &alice), &mark));
    assert_non_null(
        cs_context_verify(&arena, v, &alice, cs_context_sign(&arena, old, &alice), &mark));

    assert_true(cs_verifier_load(v, line));
    assert_null(cs_context_verify(&arena, v, &alice, cs_context_sign(&arena, old, &alice), &mark));
    assert_non_null(
        cs_context_verify(&arena, v, &alice, cs_context_sign(&arena, both, &alice), &mark));
    cs_signer_free(old);
    cs_signer_free(both);
    cs_verifier_free(v);
}

static void keys_that_are_malformed_leave_the_old_ones(void **state)
{
    struct fixture *f = *state;
    char *key, *line;

    cs_signer_make(&arena, "embed", &key, &line);
    assert_false(cs_signer_load(f->edge, ""));
    assert_false(cs_signer_load(f->edge, "edge nonsense"));
    assert_false(
        cs_signer_load(f->edge, cs_printf(&arena, "%sedge2%s", key, key + 5))); /* two names */
    assert_false(cs_verifier_load(f->both, cs_printf(&arena, "%snonsense", line)));
    assert_non_null(cs_context_verify(&arena, f->both, &alice,
                                      cs_context_sign(&arena, f->edge, &alice), &mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_names_its_signer),
        cmocka_unit_test(a_signature_holds_for_one_context_only),
        cmocka_unit_test(two_signatures_over_one_call_differ),
        cmocka_unit_test(a_field_cannot_pass_for_two),
        cmocka_unit_test(one_signer_cannot_pass_for_another),
        cmocka_unit_test(another_expiry_is_refused),
        cmocka_unit_test(malformed_is_refused),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(the_public_line_follows_from_the_key),
        cmocka_unit_test(each_key_of_a_name_is_accepted_until_it_is_dropped),
        cmocka_unit_test(keys_that_are_malformed_leave_the_old_ones),
    };
    return test_run_with(tests, set_up, tear_down);
}
