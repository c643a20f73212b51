/* schema: which schemas are taken, and which values fit them. */
#include "test.h"

#include "base/buf.h"
#include "bot/schema.h"

static json_t *json(const char *text)
{
    json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(v);
    return v;
}

static void is_fault(const char *schema, const char *expected)
{
    json_auto_t *v = json(schema);
    const char *why = cs_schema_fault(&arena, v);

    assert_string_equal(why ? why : "none", expected);
}

static void fits(const char *schema, const char *value, const char *expected)
{
    json_auto_t *s = json(schema), *v = json(value);
    const char *why = cs_schema_mismatch(&arena, s, v);

    assert_null(cs_schema_fault(&arena, s));
    assert_string_equal(why ? why : "yes", expected);
}

static void test_schemas(void **state)
{
    (void)state;
    is_fault("{\"type\":\"object\"}", "none");
    is_fault("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"],"
             "\"format\":\"date\"},\"b\":true}}",
             "none");
    is_fault("[]", "The value must be a JSON Schema with the type object.");
    is_fault("{\"type\":\"string\"}", "The value must be a JSON Schema with the type object.");
    is_fault("{\"type\":\"object\",\"required\":\"a\"}",
             "The required at the root must be a list of names.");
    is_fault("{\"type\":\"object\",\"properties\":[]}",
             "The properties at the root must be an object.");
    is_fault("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
             "The schema at the root.a must not use $ref.");
    is_fault("{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[]}}}",
             "The enum at the root.a must be a list of values.");
    is_fault("{\"type\":\"object\",\"properties\":{\"a\":{\"minLength\":\"1\"}}}",
             "The minLength at the root.a must be a number.");
    is_fault("{\"type\":\"object\",\"anyOf\":{}}",
             "The anyOf at the root must be a list of schemas.");
}

static void test_depth_and_size_have_limits(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    (void)state;
    cs_buf_adds(&b, "{\"type\":\"object\",\"items\":");
    for (int i = 0; i < CS_SCHEMA_DEPTH; i++)
        cs_buf_adds(&b, "{\"items\":");
    cs_buf_adds(&b, "{}");
    for (int i = 0; i <= CS_SCHEMA_DEPTH; i++)
        cs_buf_adds(&b, "}");
    is_fault(b.data, "The schema must not be nested more than 16 levels.");
    cs_buf_clear(&b);
    cs_buf_addf(&b, "{\"type\":\"object\",\"title\":\"%0*d\"}", CS_SCHEMA_BYTES, 0);
    is_fault(b.data, "The schema must not be longer than 16384 bytes.");
}

static void test_values(void **state)
{
    static const char schema[] =
        "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\",\"minLength\":2},"
        "\"n\":{\"type\":\"integer\",\"maximum\":9},\"l\":{\"type\":\"array\",\"maxItems\":2,"
        "\"items\":{\"type\":\"boolean\"}},\"e\":{\"enum\":[\"a\",1]},\"x\":{\"oneOf\":[{\"type\":"
        "\"string\"},{\"const\":3}]}},\"required\":[\"s\"],\"additionalProperties\":false}";

    (void)state;
    fits(schema, "{\"s\":\"ab\",\"n\":9.0,\"l\":[true,false],\"e\":1,\"x\":3}", "yes");
    fits(schema, "{}", "The value must have the member s.");
    fits(schema, "{\"s\":\"é\"}", "The length of The value.s must be at least 2.");
    fits(schema, "{\"s\":\"ab\",\"n\":10}", "The value.n must be at most 9.");
    fits(schema, "{\"s\":\"ab\",\"n\":1.5}", "The value.n must be of the type integer.");
    fits(schema, "{\"s\":\"ab\",\"l\":[1]}", "The value.l[0] must be of the type boolean.");
    fits(schema, "{\"s\":\"ab\",\"l\":[true,true,true]}",
         "The number of items of The value.l must be at most 2.");
    fits(schema, "{\"s\":\"ab\",\"e\":2}",
         "The value.e is none of the values that the schema names.");
    fits(schema, "{\"s\":\"ab\",\"x\":4}",
         "The value.x is none of the values that the schema names.");
    fits(schema, "{\"s\":\"ab\",\"z\":4}", "The value must not have the member z.");
    fits(schema, "[]", "The value must be of the type object.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemas),
        cmocka_unit_test(test_depth_and_size_have_limits),
        cmocka_unit_test(test_values),
    };

    return test_run(tests);
}
