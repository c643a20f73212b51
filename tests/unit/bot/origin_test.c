/* origin: the normal form of an origin, where a bot answers, base URLs. */
#include "test.h"

#include "bot/origin.h"

static void test_origins(void **state)
{
    static const char *const cases[][2] = {
        {"https://example.org", "https://example.org"},
        {"https://Example.ORG", "https://example.org"},
        {"https://example.org:443", "https://example.org"},
        {"http://localhost:3000", "http://localhost:3000"},
        {"http://127.0.0.1:80", "http://127.0.0.1"},
        {"https://[::1]:8443", "https://[::1]:8443"},
        {"https://example.org/", NULL},
        {"https://example.org/page", NULL},
        {"https://example.org?x", NULL},
        {"https://example.org#x", NULL},
        {"https://ada@example.org", NULL},
        {"https://example.org:99999", NULL},
        {"https://", NULL},
        {"ftp://example.org", NULL},
        {"javascript://example.org", NULL},
        {"example.org", NULL},
        {"*", NULL},
        {"null", NULL},
        {"", NULL},
        {"https://exa mple.org", NULL},
        {"https://example.org\n", NULL},
        {"https://\"onload=x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *got = cs_origin_normal(&arena, cases[i][0]);

        if (!cases[i][1] && got)
            fail_msg("%s was taken as %s", cases[i][0], got);
        if (cases[i][1] && !got)
            fail_msg("%s was refused", cases[i][0]);
        if (cases[i][1])
            assert_string_equal(got, cases[i][1]);
    }
}

static void test_an_origin_is_short(void **state)
{
    char s[CS_ORIGIN_MAX + 2];

    (void)state;
    memset(s, 'a', sizeof(s));
    memcpy(s, "https://", 8);
    s[CS_ORIGIN_MAX] = '\0';
    assert_non_null(cs_origin_normal(&arena, s));
    s[CS_ORIGIN_MAX] = 'a';
    s[CS_ORIGIN_MAX + 1] = '\0';
    assert_null(cs_origin_normal(&arena, s));
}

static void test_base_urls(void **state)
{
    static const struct {
        const char *from, *url, *host;
        int port;
    } cases[] = {
        {"https://api.example.org/v1", "https://api.example.org/v1", "api.example.org", 443},
        {"https://api.example.org/v1//", "https://api.example.org/v1", "api.example.org", 443},
        {" https://api.example.org/v1\n", "https://api.example.org/v1", "api.example.org", 443},
        {"https://api.example.org/v1/chat/completions", "https://api.example.org/v1",
         "api.example.org", 443},
        {"https://api.example.org/v1/embeddings/", "https://api.example.org/v1", "api.example.org",
         443},
        {"http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434", "127.0.0.1", 11434},
        {"https://api.example.org/v1/messages", "https://api.example.org", "api.example.org", 443},
        {"http://127.0.0.1:11434", "http://127.0.0.1:11434", "127.0.0.1", 11434},
        {"http://2130706433/v1", "http://2130706433/v1", "127.0.0.1", 80},
        {"http://[::1]:8080/v1", "http://[::1]:8080/v1", "[::1]", 8080},
    };
    static const char *const wrong[] = {
        "https://user:secret@api.example.org/v1",
        "https://api.example.org/v1?key=1",
        "file:///etc/passwd",
        "gopher://example.org",
        "/v1",
        "https://api.example.org/\r\nX: y",
        "https://",
        "/chat/completions",
        " ",
        "",
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const struct cs_base_url *base = cs_base_url(&arena, cases[i].from);
        assert_non_null(base);
        assert_string_equal(base->url, cases[i].url);
        assert_string_equal(base->host, cases[i].host);
        assert_int_equal(base->port, cases[i].port);
    }
    for (size_t i = 0; i < LEN(wrong); i++)
        assert_null(cs_base_url(&arena, wrong[i]));
}

static char one[] = "https://example.org", two[] = "http://localhost:3000";
static char *const allowed[] = {one, two};

static void test_allowed_origins(void **state)
{
    static const struct {
        const char *origin;
        bool ok;
    } cases[] = {
        {"https://example.org", true},
        {"https://EXAMPLE.org", true},
        {"https://example.org:443", true},
        {"http://localhost:3000", true},
        {"http://example.org", false},
        {"https://example.org:8443", false},
        {"https://example.org.evil.test", false},
        {"https://evil.test/https://example.org", false},
        {"https://sub.example.org", false},
        {"http://localhost", false},
        {"http://localhost:80", false},
        {"https://example.or", false},
        {"null", false},
        {"", false},
        {NULL, false},
    };
    Bot bot = BOT_INIT;

    (void)state;
    bot.allowed_origins = (char **)(uintptr_t)allowed;
    bot.n_allowed_origins = LEN(allowed);
    for (size_t i = 0; i < LEN(cases); i++)
        if (cs_bot_allows_origin(&arena, &bot, cases[i].origin, NULL) != cases[i].ok)
            fail_msg("origin %s", cases[i].origin ? cases[i].origin : "(none)");
}

static void test_an_empty_list_allows_every_origin(void **state)
{
    Bot bot = BOT_INIT;

    (void)state;
    assert_true(cs_bot_allows_origin(&arena, &bot, "https://anywhere.test", NULL));
    assert_true(cs_bot_allows_origin(&arena, &bot, NULL, NULL));
}

static void test_the_platforms_own_page(void **state)
{
    char *shop[] = {(char[]){"https://shop.test"}};
    Bot bot = BOT_INIT;
    (void)state;

    bot.allowed_origins = shop;
    bot.n_allowed_origins = 1;
    assert_true(cs_bot_allows_origin(&arena, &bot, "https://chat.test", "chat.test"));
    assert_true(cs_bot_allows_origin(&arena, &bot, "http://10.0.0.5:8080", "10.0.0.5:8080"));
    assert_false(cs_bot_allows_origin(&arena, &bot, "https://chat.test.evil.test", "chat.test"));
    assert_false(cs_bot_allows_origin(&arena, &bot, "http://10.0.0.5:8081", "10.0.0.5:8080"));
    assert_false(cs_bot_allows_origin(&arena, &bot, "null", "null"));
    assert_false(cs_bot_allows_origin(&arena, &bot, NULL, "chat.test"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_an_origin_is_short),
        cmocka_unit_test(test_base_urls),
        cmocka_unit_test(test_allowed_origins),
        cmocka_unit_test(test_the_platforms_own_page),
        cmocka_unit_test(test_an_empty_list_allows_every_origin),
    };
    return test_run(tests);
}
