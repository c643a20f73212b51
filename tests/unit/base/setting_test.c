/* Values that have the format of their kind, and values that do not. */
#include "test.h"

#include "base/setting.h"

#include <sys/stat.h>
#include <unistd.h>

static bool even_length(const char *word)
{
    return strlen(word) % 2 == 0;
}

static void fits_its_kind(void **state)
{
    static const struct {
        enum cs_env_kind kind;
        const char *format, *value;
        bool fits;
    } cases[] = {
        {CS_ENV_CHOICE, "debug, info", "info", true},
        {CS_ENV_CHOICE, "debug, info", "INFO", false},
        {CS_ENV_CHOICE, "debug, info", "inf", false},
        {CS_ENV_CHOICE, "debug, info", "debug, info", false},
        {CS_ENV_CHOICE, "debug, info", "", false},
        {CS_ENV_SHARE, NULL, "0", true},
        {CS_ENV_SHARE, NULL, "0.25", true},
        {CS_ENV_SHARE, NULL, "1.0", true},
        {CS_ENV_SHARE, NULL, "1.1", false},
        {CS_ENV_SHARE, NULL, "-0.1", false},
        {CS_ENV_SHARE, NULL, "nan", false},
        {CS_ENV_SHARE, NULL, "half", false},
        {CS_ENV_ADDRESS, NULL, "0.0.0.0", true},
        {CS_ENV_ADDRESS, NULL, "::1", true},
        {CS_ENV_ADDRESS, NULL, "localhost", false},
        {CS_ENV_ADDRESS, NULL, "127.0.0.1:80", false},
        {CS_ENV_ENDPOINT, NULL, "127.0.0.1:0", true},
        {CS_ENV_ENDPOINT, NULL, ":9100", true},
        {CS_ENV_ENDPOINT, NULL, "127.0.0.1", false},
        {CS_ENV_ENDPOINT, NULL, "127.0.0.1:", false},
        {CS_ENV_ENDPOINT, NULL, "127.0.0.1:65536", false},
        {CS_ENV_ENDPOINT, NULL, "localhost:80", false},
        {CS_ENV_URL, "http, https", "http://localhost:8080", true},
        {CS_ENV_URL, "http, https", "https://chat.example.org/base/", true},
        {CS_ENV_URL, "http, https", "https://[::1]:8443", true},
        {CS_ENV_URL, "nats, tls", "nats://127.0.0.1:4222", true},
        {CS_ENV_URL, "http, https", "nats://127.0.0.1:4222", false},
        {CS_ENV_URL, "http, https", "localhost:8080", false},
        {CS_ENV_URL, "http, https", "http://", false},
        {CS_ENV_URL, "http, https", "http://a b", false},
        {CS_ENV_URL, "http, https", "http://a:0", false},
        {CS_ENV_URL, "http, https", "http://a:99999", false},
        {CS_ENV_URL, "http, https", "http://a:8x/", false},
        {CS_ENV_URL, "http, https", "http://ada@a", false},
        {CS_ENV_URL, "http, https", "http://a?x", false},
        {CS_ENV_URL, "http, https", "http://a/#x", false},
        {CS_ENV_URL, "http, https", "http://a/\"", false},
        {CS_ENV_URL, "http, https", "http://[::1", false},
        {CS_ENV_FOLDER, "passwd", "/etc", true},
        {CS_ENV_FOLDER, "passwd", "/nonexistent", false},
        {CS_ENV_FOLDER, "no-such-file", "/etc", false},
        {CS_ENV_WRITABLE, NULL, "/tmp", true},
        {CS_ENV_WRITABLE, NULL, "/etc/passwd", false},
        {CS_ENV_WRITABLE, NULL, "/nonexistent", false},
        {CS_ENV_FOLDER, NULL, "/etc", true},
        {CS_ENV_FOLDER, NULL, "/etc/passwd", false},
        {CS_ENV_OUTPUT, NULL, "/tmp/address", true},
        {CS_ENV_OUTPUT, NULL, "/tmp/", false},
        {CS_ENV_OUTPUT, NULL, "/nonexistent/address", false},
        {CS_ENV_INT, NULL, "5", true},
        {CS_ENV_INT, NULL, "10", false},
        {CS_ENV_INT, NULL, " 5", false},
        {CS_ENV_LIST, "even words", "ab, abcd ef", true},
        {CS_ENV_LIST, "even words", " , ", true},
        {CS_ENV_LIST, "even words", "ab,abc", false},
        {CS_ENV_TEXT, NULL, "anything", true},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const struct cs_env row = {.name = "T",
                                   .kind = cases[i].kind,
                                   .format = cases[i].format,
                                   .item = even_length,
                                   .max = 9};
        char part[64];
        if (!cs_setting_wrong(&row, cases[i].value, part, sizeof(part)) != cases[i].fits)
            fail_msg("case %zu: \"%s\"", i, cases[i].value);
    }
}

static void names_the_wrong_word_of_a_list(void **state)
{
    const struct cs_env row = {
        .name = "T", .kind = CS_ENV_LIST, .format = "even words", .item = even_length};
    char part[64], format[128];

    (void)state;
    assert_string_equal(cs_setting_wrong(&row, "ab, abc, de", part, sizeof(part)), "abc");
    assert_string_equal(cs_setting_format(&row, format, sizeof(format)),
                        "a list, with commas, of even words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_its_kind),
        cmocka_unit_test(names_the_wrong_word_of_a_list),
    };
    return test_run(tests);
}
