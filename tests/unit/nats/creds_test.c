/* Credential files with each part present, missing or damaged. */
#include "test.h"

#include "nats/creds.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char creds[] =
    "-----BEGIN NATS USER JWT-----\nheader.body.signature\n------END NATS USER JWT------\n\n"
    "************************* IMPORTANT *************************\n"
    "-----BEGIN USER NKEY SEED-----\r\n"
    "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\r\n"
    "------END USER NKEY SEED------\n";

static void parts_are_found(void **state)
{
    (void)state;

    assert_string_equal(cs_creds_part(&arena, creds, "NATS USER JWT"), "header.body.signature");
    assert_string_equal(cs_creds_part(&arena, creds, "USER NKEY SEED"),
                        "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY");
    assert_null(cs_creds_part(&arena, creds, "OTHER"));
    assert_null(cs_creds_part(&arena, "-----BEGIN OTHER-----", "OTHER"));
}

static void a_signature_that_begins_with_zero_is_not_given(void **state)
{
    char path[] = "/tmp/creds_test.XXXXXX";
    int fd = mkstemp(path), n_refused = 0;
    (void)state;

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(cs_file_write(path, creds, strlen(creds), 0600), 0);
    for (int i = 0; i < 12; i++) {
        char nonce[32], *error = NULL;
        unsigned char *signature = NULL;
        int len = 0;
        snprintf(nonce, sizeof(nonce), "nonce-%d", i);
        natsStatus s = cs_creds_sign(&error, &signature, &len, nonce, path);
        if (s == NATS_OK) {
            assert_int_equal(len, 64);
            assert_int_not_equal(signature[0], 0);
        } else {
            assert_non_null(error);
            assert_null(signature);
            assert_int_equal(i, 8); /* one of 256 begins so, and the same ones each time */
            n_refused++;
        }
        free(signature);
        free(error);
    }
    unlink(path);
    assert_int_equal(n_refused, 1);
}

static void what_is_wrong_with_the_file_is_said(void **state)
{
    char path[] = "/nowhere/at/all.creds", *error = NULL;
    unsigned char *signature = NULL;
    int len = 0;
    (void)state;

    assert_int_equal(cs_creds_sign(&error, &signature, &len, "nonce", path), NATS_ERR);
    assert_string_equal(error, "the credentials cannot be read");
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(a_signature_that_begins_with_zero_is_not_given),
        cmocka_unit_test(what_is_wrong_with_the_file_is_said),
    };

    nats_Open(-1);
    int failed = test_run(tests);
    nats_Close();
    return failed;
}
