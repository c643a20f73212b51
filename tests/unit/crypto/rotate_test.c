/* Keys of a folder of secrets rotated: begun, used, finished, refused, and interrupted. */
#include "test.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypto/context.h"
#include "crypto/jwt.h"
#include "crypto/rotate.h"
#include "crypto/secrets.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const signers[] = {"edge", "embed", NULL}, *const schemas[] = {"auth", NULL};
static const char *const names[] = {"jwt.pem", "seal.key", "sign-edge.key", "sign-embed.key",
                                    "sign.pub"};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

static char dir[64];
static int64_t left;
static unsigned char asked[CS_SEAL_HEAD];

static int64_t boxes_left(const unsigned char head[CS_SEAL_HEAD])
{
    memcpy(asked, head, CS_SEAL_HEAD);
    return left;
}

static int set_up(void **state)
{
    (void)state;
    cs_crypto_init();
    left = 0;
    snprintf(dir, sizeof(dir), "/tmp/cs-rotate-XXXXXX");
    return mkdtemp(dir) && cs_secrets_init(dir, signers, schemas) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *content(const char *name)
{
    return cs_file_read_line(&arena, cs_printf(&arena, "%s/%s", dir, name), 16384);
}

static struct cs_rotation rotation(unsigned what, int64_t after_s)
{
    return (struct cs_rotation){
        .dir = dir, .signers = signers, .what = what, .after_s = after_s, .boxes_left = boxes_left};
}

static int begin(unsigned what, int64_t after_s)
{
    struct cs_rotation r = rotation(what, after_s);

    return cs_rotate_begin(&r);
}

static int finish(unsigned what, bool forced)
{
    struct cs_rotation r = rotation(what, 0);

    r.forced = forced;
    return cs_rotate_finish(&r);
}

/* the new keys were made so many seconds ago: every time in the file, which ends its line, is earlier by that */
static void make_older(const char *name, long long seconds)
{
    char *text = content(name), *line;
    struct cs_buf out = {0};

    while ((line = strsep(&text, "\n"))) {
        char *blank = strrchr(line, ' ');
        if (blank && strlen(blank + 1) == 10 && strspn(blank + 1, "0123456789") == 10)
            cs_buf_addf(&out, "%.*s %lld\n", (int)(blank - line), line,
                        strtoll(blank + 1, NULL, 10) - seconds);
        else
            cs_buf_addf(&out, "%s\n", line);
    }
    assert_int_equal(cs_file_write(cs_printf(&arena, "%s/%s", dir, name), out.data, out.len, 0600),
                     0);
    cs_buf_free(&out);
}

static size_t jwt_keys(struct cs_jwt_key keys[4])
{
    size_t n = cs_jwt_keys_load(content("jwt.pem"), keys, 4);

    for (size_t i = 0; i < n; i++)
        cs_jwt_key_free(&keys[i]); /* the kid stays */
    return n;
}

static void a_new_key_stands_beside_the_old_one(void **state)
{
    char *before[N_NAMES];
    struct cs_jwt_key keys[4];
    struct cs_seal_ring ring;
    struct stat st;
    (void)state;

    for (size_t i = 0; i < N_NAMES; i++)
        before[i] = content(names[i]);
    assert_int_equal(begin(CS_ROTATE_ALL, 600), 0);
    for (size_t i = 0; i < N_NAMES; i++) {
        /* sign.pub has the lines of each signer together */
        if (i < N_NAMES - 1)
            assert_memory_equal(content(names[i]), before[i], strlen(before[i]));
        assert_true(strlen(content(names[i])) > strlen(before[i]) + 40);
        assert_int_equal(stat(cs_printf(&arena, "%s/%s", dir, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_int_equal(jwt_keys(keys), 2);
    assert_in_range(keys[1].from_s - cs_now_ms() / 1000, 595, 600);
    assert_int_equal(keys[0].from_s, 0);
    assert_true(cs_seal_ring_parse(content("seal.key"), &ring));
    assert_int_equal(ring.n, 2);
    assert_ptr_equal(cs_seal_ring_newest(&ring), &ring.at[0]);
    /* and one of them is under way now */
    assert_int_equal(begin(CS_ROTATE_JWT, 600), -1);
    assert_int_equal(begin(CS_ROTATE_ALL, 600), -1);
    assert_int_equal(jwt_keys(keys), 2);
}

/* every signature that either key of a signer makes, at any time of the rotation, is accepted by sign.pub of that time */
static void the_public_keys_follow(void **state)
{
    static const struct cs_context c = {.request_id = "r"};
    struct cs_signer *old = cs_signer_new(content("sign-embed.key"));
    uint64_t mark;
    (void)state;

    assert_int_equal(begin(CS_ROTATE_SIGN, 0), 0);
    struct cs_verifier *v = cs_verifier_new(content("sign.pub"));
    struct cs_signer *new = cs_signer_new(content("sign-embed.key"));
    char *by_old = cs_context_sign(&arena, old, &c), *by_new = cs_context_sign(&arena, new, &c);
    assert_string_equal(cs_context_verify(&arena, v, &c, by_old, &mark), "embed");
    assert_string_equal(cs_context_verify(&arena, v, &c, by_new, &mark), "embed");
    assert_int_equal(finish(CS_ROTATE_SIGN, true), 0);
    assert_true(cs_verifier_load(v, content("sign.pub")));
    assert_null(cs_context_verify(&arena, v, &c, by_old, &mark));
    assert_string_equal(cs_context_verify(&arena, v, &c, by_new, &mark), "embed");
    assert_true(cs_signer_load(new, content("sign-embed.key")));
    assert_non_null(cs_context_verify(&arena, v, &c, cs_context_sign(&arena, new, &c), &mark));
    cs_signer_free(old);
    cs_signer_free(new);
    cs_verifier_free(v);
    /* what `chatsphere secrets` does at each start changes none of it */
    char *before = content("sign.pub");
    assert_int_equal(cs_secrets_init(dir, signers, schemas), 0);
    assert_string_equal(content("sign.pub"), before);
}

static void the_old_key_stays_until_nothing_needs_it(void **state)
{
    struct cs_jwt_key keys[4], kept[4];
    (void)state;

    assert_int_equal(begin(CS_ROTATE_JWT | CS_ROTATE_SIGN, 60), 0);
    assert_int_equal(finish(CS_ROTATE_ALL, true), -1); /* the new ones are not used yet */
    make_older("jwt.pem", 60 + 24 * 3600);
    make_older("sign-edge.key", 60 + 9 * 60);
    make_older("sign-embed.key", 60 + 11 * 60);
    assert_int_equal(finish(CS_ROTATE_ALL, false), -1);
    assert_int_equal(jwt_keys(keys), 2);
    assert_int_equal(strchr(content("sign-embed.key"), '\n') != NULL, 0);
    assert_int_equal(strchr(content("sign-edge.key"), '\n') != NULL, 1);
    make_older("jwt.pem", 11 * 60);
    assert_int_equal(finish(CS_ROTATE_JWT, false), 0);
    assert_int_equal(jwt_keys(kept), 1);
    assert_string_equal(kept[0].kid, keys[1].kid);
    assert_int_equal(finish(CS_ROTATE_ALL, true), 0);
    assert_int_equal(finish(CS_ROTATE_ALL, false), 0); /* nothing is under way */
    assert_int_equal(begin(CS_ROTATE_JWT, 0), 0);      /* and the next one may begin */
}

static void a_seal_key_stays_while_a_box_needs_it(void **state)
{
    struct cs_seal_ring ring;
    unsigned char head[CS_SEAL_HEAD];
    (void)state;

    assert_int_equal(begin(CS_ROTATE_SEAL, 0), 0);
    left = 3;
    assert_int_equal(finish(CS_ROTATE_SEAL, true), -1);
    left = -1; /* no database */
    make_older("seal.key", 11 * 60);
    assert_int_equal(finish(CS_ROTATE_SEAL, false), -1);
    assert_true(cs_seal_ring_parse(content("seal.key"), &ring));
    assert_int_equal(ring.n, 2);
    cs_seal_head(head, &ring.at[1]);
    assert_memory_equal(asked, head, CS_SEAL_HEAD);
    left = 0;
    assert_int_equal(finish(CS_ROTATE_SEAL, false), 0);
    assert_true(cs_seal_ring_parse(content("seal.key"), &ring));
    assert_int_equal(ring.n, 1);
    cs_seal_head(asked, &ring.at[0]);
    assert_memory_equal(asked, head, CS_SEAL_HEAD);

    assert_int_equal(begin(CS_ROTATE_SEAL, 0), 0);
    left = -1;
    assert_int_equal(finish(CS_ROTATE_SEAL, true), 0); /* forced, without a database */
}

static void a_dry_run_changes_nothing(void **state)
{
    struct cs_rotation r = rotation(CS_ROTATE_ALL, 0);
    char *before[N_NAMES];
    (void)state;

    r.dry_run = r.forced = true;
    for (int step = 0; step < 2; step++) {
        for (size_t i = 0; i < N_NAMES; i++)
            before[i] = content(names[i]);
        assert_int_equal(step == 0 ? cs_rotate_begin(&r) : cs_rotate_finish(&r), 0);
        for (size_t i = 0; i < N_NAMES; i++)
            assert_string_equal(content(names[i]), before[i]);
        assert_int_equal(begin(CS_ROTATE_ALL, 0), step == 0 ? 0 : -1);
    }
    assert_int_equal(cs_rotate_status(&r), 0);
}

/* sign.pub has a line that no key file has, and one file of two has its new key */
static void an_interrupted_rotation_goes_on(void **state)
{
    char *edge, *embed = content("sign-embed.key");
    (void)state;

    assert_int_equal(begin(CS_ROTATE_SIGN, 0), 0);
    edge = content("sign-edge.key");
    assert_int_equal(
        cs_file_write(cs_printf(&arena, "%s/sign-embed.key", dir), embed, strlen(embed), 0600), 0);
    assert_int_equal(begin(CS_ROTATE_SIGN, 0), 0);
    assert_string_equal(content("sign-edge.key"), edge);
    assert_memory_equal(content("sign-embed.key"), embed, strlen(embed));
    assert_true(strlen(content("sign-embed.key")) > strlen(embed));
    assert_int_equal(begin(CS_ROTATE_SIGN, 0), -1);
}

static void what_cannot_be_read_is_a_failure(void **state)
{
    char *before = content("seal.key");
    struct cs_rotation nowhere = rotation(CS_ROTATE_ALL, 0);
    (void)state;

    nowhere.dir = "/tmp/cs-rotate-nowhere";
    assert_int_equal(cs_rotate_begin(&nowhere), -1);
    unlink(cs_printf(&arena, "%s/jwt.pem", dir));
    assert_int_equal(begin(CS_ROTATE_ALL, 0), -1);
    assert_string_equal(content("seal.key"), before);
    assert_int_equal(cs_file_write(cs_printf(&arena, "%s/jwt.pem", dir), "nonsense", 8, 0600), 0);
    assert_int_equal(begin(CS_ROTATE_ALL, 0), -1);
    assert_int_equal(finish(CS_ROTATE_ALL, true), -1);
    assert_string_equal(content("seal.key"), before);
    assert_int_equal(begin(CS_ROTATE_SEAL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_key_stands_beside_the_old_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_public_keys_follow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_old_key_stays_until_nothing_needs_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_seal_key_stays_while_a_box_needs_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dry_run_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interrupted_rotation_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_a_failure, set_up, tear_down),
    };
    return test_run(tests);
}
