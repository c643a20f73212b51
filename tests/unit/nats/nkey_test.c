/* Keys and JWTs against known values, and operator mode in a temporary folder. */
#include "test.h"

#include "nats/nkey.h"

#include "base/file.h"
#include "crypto/crypto.h"
#include "nats/topology.h"

#include <ftw.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

static int set_up(void **state)
{
    (void)state;
    return cs_crypto_init();
}

/* the pair that the NATS documentation shows */
static void a_known_seed_gives_its_public_key(void **state)
{
    static const char *const seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    struct cs_nkey key;
    (void)state;

    assert_true(cs_nkey_from_seed(seed, &key));
    assert_int_equal(key.kind, CS_NKEY_USER);
    assert_string_equal(key.public_key, "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4");
    assert_string_equal(key.seed_text, seed);
}

static void keys_say_their_kind_and_come_back(void **state)
{
    static const char letters[] = "OAU";
    struct cs_nkey key, back;
    (void)state;

    for (int kind = CS_NKEY_OPERATOR; kind <= CS_NKEY_USER; kind++) {
        cs_nkey_new((enum cs_nkey_kind)kind, &key);
        assert_int_equal(key.public_key[0], letters[kind]);
        assert_int_equal(key.seed_text[0], 'S');
        assert_int_equal(key.seed_text[1], letters[kind]);
        assert_int_equal(strlen(key.public_key), 56);
        assert_int_equal(strlen(key.seed_text), 58);
        assert_true(cs_nkey_from_seed(key.seed_text, &back));
        assert_int_equal(back.kind, kind);
        assert_string_equal(back.public_key, key.public_key);
    }
}

static void a_changed_seed_is_refused(void **state)
{
    struct cs_nkey key, back;
    (void)state;

    cs_nkey_new(CS_NKEY_ACCOUNT, &key);
    for (size_t i = 0; i < 58; i++) {
        char kept = key.seed_text[i];
        key.seed_text[i] = kept == 'A' ? 'B' : 'A';
        assert_false(cs_nkey_from_seed(key.seed_text, &back));
        key.seed_text[i] = kept;
    }
    assert_false(cs_nkey_from_seed(key.public_key, &back));
    assert_false(cs_nkey_from_seed("", &back));
    key.seed_text[57] = '\0';
    assert_false(cs_nkey_from_seed(key.seed_text, &back));
}

static json_t *claims_of(const char *jwt)
{
    const char *dot = strchr(jwt, '.') + 1;
    size_t n;
    char *text =
        cs_base64url_parse(&arena, cs_strndup(&arena, dot, (size_t)(strchr(dot, '.') - dot)), &n);
    return json_loadb(text, n, 0, NULL);
}

static void a_jwt_is_signed_by_its_issuer(void **state)
{
    struct cs_nkey account, user;
    unsigned char public[32], secret[64], *signature;
    size_t n;
    (void)state;

    cs_nkey_new(CS_NKEY_ACCOUNT, &account);
    cs_nkey_new(CS_NKEY_USER, &user);
    char *jwt = cs_nkey_jwt(&arena, &account, user.public_key, "chat",
                            json_pack("{s:s, s:i}", "type", "user", "version", 2));
    char *last = strrchr(jwt, '.');
    json_t *claims = claims_of(jwt);
    assert_string_equal(json_string_value(json_object_get(claims, "iss")), account.public_key);
    assert_string_equal(json_string_value(json_object_get(claims, "sub")), user.public_key);
    assert_string_equal(json_string_value(json_object_get(claims, "name")), "chat");
    assert_non_null(json_object_get(claims, "jti"));
    json_decref(claims);

    crypto_sign_seed_keypair(public, secret, account.seed);
    signature = cs_base64url_parse(&arena, last + 1, &n);
    assert_int_equal(n, 64);
    assert_int_equal(crypto_sign_verify_detached(signature, (unsigned char *)jwt,
                                                 (unsigned long long)(last - jwt), public),
                     0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static char *content(const char *dir, const char *name)
{
    return cs_file_read(&arena, cs_printf(&arena, "%s/%s", dir, name), 65536, NULL);
}

static const char *seed_line(const char *creds)
{
    const char *at = strstr(creds, "\nSU");

    assert_non_null(at);
    return cs_strndup(&arena, at + 1, 58);
}

static void init_makes_a_user_per_service_and_keeps_keys(void **state)
{
    char dir[] = "/tmp/cs-nkey-XXXXXX";
    struct stat st;
    struct cs_nkey key;
    (void)state;

    assert_non_null(mkdtemp(dir));
    assert_int_equal(cs_nats_init(dir, 4222, "/tmp/store"), 0);
    char *operator= content(dir, "operator.seed");
    char *chat = content(dir, "creds/chat.creds");
    assert_non_null(strstr(content(dir, "nats.conf"), "listen: 127.0.0.1:4222\n"));
    assert_int_equal(cs_nats_init(dir, 4333, "/tmp/store"), 0);
    assert_string_equal(content(dir, "operator.seed"), operator);
    assert_string_equal(seed_line(content(dir, "creds/chat.creds")), seed_line(chat));
    assert_non_null(strstr(content(dir, "nats.conf"), "listen: 127.0.0.1:4333\n"));
    for (const struct cs_node *node = cs_topology; node->service; node++) {
        const char *name = cs_printf(&arena, "creds/%s.creds", node->service);
        assert_true(cs_nkey_from_seed(seed_line(content(dir, name)), &key));
        assert_int_equal(stat(cs_printf(&arena, "%s/%s", dir, name), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_non_null(content(dir, "creds/ops.creds"));
    assert_non_null(content(dir, "creds/sys.creds"));
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void init_refuses_a_damaged_key(void **state)
{
    char dir[] = "/tmp/cs-nkey-XXXXXX";
    struct cs_nkey user;
    (void)state;

    assert_non_null(mkdtemp(dir));
    cs_nkey_new(CS_NKEY_USER, &user);
    const char *path = cs_printf(&arena, "%s/account.seed", dir);
    assert_int_equal(cs_file_write(path, user.seed_text, 58, 0600), 0);
    assert_int_equal(cs_nats_init(dir, 4222, "/tmp/store"), -1);
    assert_string_equal(content(dir, "account.seed"), user.seed_text);
    assert_int_equal(cs_nats_init("/tmp/a\"b", 4222, "/tmp/store"), -1);
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_seed_gives_its_public_key),
        cmocka_unit_test(keys_say_their_kind_and_come_back),
        cmocka_unit_test(a_changed_seed_is_refused),
        cmocka_unit_test(a_jwt_is_signed_by_its_issuer),
        cmocka_unit_test(init_makes_a_user_per_service_and_keeps_keys),
        cmocka_unit_test(init_refuses_a_damaged_key),
    };
    return test_run_with(tests, set_up, NULL);
}
