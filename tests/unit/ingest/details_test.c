/* details: tags and metadata are held to their limits. */
#include "test.h"

#include "base/buf.h"
#include "ingest/details.h"

static char **tags_of(const char *const *sent, size_t *n, struct pbjson_errors *errors)
{
    return details_tags(&arena, (char *const *)(uintptr_t)sent, n, errors);
}

static void tags_are_tidy(void **state)
{
    const char *const sent[] = {"  news ", "cafe\u0301", "news", "\u65b0\u805e"};
    struct pbjson_errors errors = {0};
    size_t n = LEN(sent);

    (void)state;
    char **kept = tags_of(sent, &n, &errors);
    assert_int_equal(errors.n, 0);
    assert_int_equal(n, 3);
    assert_string_equal(kept[0], "news");
    assert_string_equal(kept[1], "caf\u00e9");
    assert_string_equal(kept[2], "\u65b0\u805e");
}

static void bad_tags_are_named(void **state)
{
    const char *const sent[] = {"ok", "", "\u200b", "a\nb", NULL};
    struct pbjson_errors errors = {0};
    char *many[DETAILS_TAGS + 1], longest[DETAILS_TAG_CHARACTERS * 2 + 3];
    size_t n = 4;

    (void)state;
    tags_of(sent, &n, &errors);
    assert_int_equal(errors.n, 3);
    assert_string_equal(errors.at[0].field, "tags[1]");
    assert_string_equal(errors.at[2].field, "tags[3]");

    for (int i = 0; i <= DETAILS_TAG_CHARACTERS; i++)
        memcpy(longest + (size_t)i * 2, "\u00e9", 3);
    errors.n = 0;
    n = 1;
    details_tags(&arena, (char *[]){longest}, &n, &errors);
    assert_int_equal(errors.n, 1);
    longest[DETAILS_TAG_CHARACTERS * 2] = '\0';
    errors.n = 0;
    n = 1;
    details_tags(&arena, (char *[]){longest}, &n, &errors);
    assert_int_equal(errors.n, 0);

    for (size_t i = 0; i < LEN(many); i++)
        many[i] = cs_printf(&arena, "tag %zu", i);
    n = LEN(many);
    details_tags(&arena, many, &n, &errors);
    assert_int_equal(errors.n, 1);
    assert_string_equal(errors.at[0].field, "tags");
}

static const char *fault_of(const char *metadata)
{
    struct pbjson_errors errors = {0};

    details_metadata(&arena, metadata, &errors);
    return errors.n ? errors.at[0].message : NULL;
}

/* {"k0":0,"k1":0,...} */
static char *object_of(int keys)
{
    struct cs_buf b = {0};

    for (int i = 0; i < keys; i++)
        cs_buf_addf(&b, "%s\"k%d\":0", i ? "," : "{", i);
    cs_buf_adds(&b, "}");
    char *text = cs_strdup(&arena, b.data);
    cs_buf_free(&b);
    return text;
}

static void metadata_is_one_small_object(void **state)
{
    (void)state;
    assert_null(fault_of("{}"));
    assert_null(fault_of("{\"a\":[{\"b\":[1,2.5,\"x\",null]}]}"));
    assert_null(fault_of(object_of(DETAILS_KEYS)));
    assert_non_null(strstr(fault_of(object_of(DETAILS_KEYS + 1)), "it has 65"));
    assert_non_null(strstr(fault_of("{\"a\":[[[[1]]]]}"), "4 levels"));
    assert_string_equal(fault_of("[1]"), "The value must be a JSON object.");
    assert_string_equal(fault_of(""), "The value must be a JSON object.");
    assert_string_equal(fault_of("{\"\":1}"), "A key must not be empty.");
    assert_non_null(
        strstr(fault_of(cs_printf(&arena, "{\"%0101d\":1}", 0)), "at most 100 characters"));
    assert_non_null(strstr(fault_of(cs_printf(&arena, "{\"a\":\"%08192d\"}", 0)), "it has 8200"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_tidy),
        cmocka_unit_test(bad_tags_are_named),
        cmocka_unit_test(metadata_is_one_small_object),
    };

    return test_run(tests);
}
