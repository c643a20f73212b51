/* space: names of spaces, and names that are none. */
#include "test.h"

#include "retrieve/space.h"

static void test_parts(void **state)
{
    static const struct {
        const char *space, *provider, *model;
    } cases[] = {
        {"openai/text-embedding-3-small/1536", "openai", "text-embedding-3-small"},
        {"house/org/model:v1@x/64", "house", "org/model:v1@x"},
        {"local/all-minilm-l6-v2@91bd2861659f/384", "local", "all-minilm-l6-v2"},
        {"hash/ngrams/256", "hash", "ngrams"},
    };
    const char *provider, *model;

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        assert_true(space_parse(&arena, cases[i].space, &provider, &model));
        assert_string_equal(provider, cases[i].provider);
        assert_string_equal(model, cases[i].model);
    }
}

static void test_malformed(void **state)
{
    static const char *const names[] = {"", "/", "a", "a/", "/a/b", "a/b", "a//3"};
    const char *provider, *model;

    (void)state;
    for (size_t i = 0; i < LEN(names); i++)
        assert_false(space_parse(&arena, names[i], &provider, &model));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_malformed),
    };
    return test_run(tests);
}
