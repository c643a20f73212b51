/* A folder of secrets made twice, with one missing, and where none can be made. */
#include "test.h"

#include "base/file.h"
#include "crypto/context.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"
#include "crypto/secrets.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const signers[] = {"edge", "embed", NULL}, *const schemas[] = {"auth", "chat",
                                                                                  NULL};
static const char *const names[] = {"jwt.pem",  "seal.key",       "sign-edge.key", "sign-embed.key",
                                    "sign.pub", "admin.password", "pg/auth",       "pg/chat"};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

struct fixture {
    char dir[64];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    cs_crypto_init();
    snprintf(f->dir, sizeof(f->dir), "/tmp/cs-secrets-XXXXXX");
    *state = f;
    return mkdtemp(f->dir) && cs_secrets_init(f->dir, signers, schemas) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static char *content(struct fixture *f, const char *name)
{
    return cs_file_read_line(&arena, cs_printf(&arena, "%s/%s", f->dir, name), 4096);
}

static void every_secret_is_there_for_its_owner_only(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    for (size_t i = 0; i < N_NAMES; i++) {
        assert_int_equal(stat(cs_printf(&arena, "%s/%s", f->dir, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_true(st.st_size > 32);
    }
    assert_int_equal(stat(cs_printf(&arena, "%s/pg", f->dir), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void every_secret_is_what_its_reader_expects(void **state)
{
    struct fixture *f = *state;
    static const struct cs_context c = {.request_id = "r", .tenant = "t"};
    uint64_t mark;
    struct cs_signer *edge = cs_signer_new(content(f, "sign-edge.key"));
    struct cs_verifier *all = cs_verifier_new(content(f, "sign.pub"));
    struct cs_jwt_key key;
    size_t n;

    assert_true(cs_jwt_key_load(content(f, "jwt.pem"), &key));
    cs_jwt_key_free(&key);
    assert_non_null(cs_base64url_parse(&arena, content(f, "seal.key"), &n));
    assert_int_equal(n, CS_SEAL_KEY);
    assert_string_equal(
        cs_context_verify(&arena, all, &c, cs_context_sign(&arena, edge, &c), &mark), "edge");
    cs_signer_free(edge);
    cs_verifier_free(all);
}

static void what_is_there_is_kept_and_what_is_missing_is_made(void **state)
{
    struct fixture *f = *state;
    char *before[N_NAMES];

    for (size_t i = 0; i < N_NAMES; i++)
        before[i] = content(f, names[i]);
    unlink(cs_printf(&arena, "%s/admin.password", f->dir));
    unlink(cs_printf(&arena, "%s/sign.pub", f->dir));
    assert_int_equal(cs_secrets_init(f->dir, signers, schemas), 0);
    for (size_t i = 0; i < N_NAMES; i++) {
        if (strcmp(names[i], "admin.password") == 0)
            assert_string_not_equal(content(f, names[i]), before[i]);
        else
            assert_string_equal(content(f, names[i]), before[i]);
    }
}

static void a_new_signing_key_comes_into_the_public_file(void **state)
{
    struct fixture *f = *state;
    static const struct cs_context c = {0};
    uint64_t mark;

    unlink(cs_printf(&arena, "%s/sign-embed.key", f->dir));
    assert_int_equal(cs_secrets_init(f->dir, signers, schemas), 0);
    struct cs_signer *embed = cs_signer_new(content(f, "sign-embed.key"));
    struct cs_verifier *all = cs_verifier_new(content(f, "sign.pub"));
    assert_non_null(cs_context_verify(&arena, all, &c, cs_context_sign(&arena, embed, &c), &mark));
    cs_signer_free(embed);
    cs_verifier_free(all);
}

static void a_folder_that_cannot_be_made_is_a_failure(void **state)
{
    (void)state;
    assert_int_equal(cs_secrets_init("/proc/nothing/here", signers, schemas), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_secret_is_there_for_its_owner_only),
        cmocka_unit_test(every_secret_is_what_its_reader_expects),
        cmocka_unit_test(what_is_there_is_kept_and_what_is_missing_is_made),
        cmocka_unit_test(a_new_signing_key_comes_into_the_public_file),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_a_failure),
    };
    return test_run_with(tests, set_up, tear_down);
}
