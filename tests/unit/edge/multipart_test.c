/* multipart: the bodies of the suite, and the limit of parts. */
#include "test.h"

#include "ratio.h"

#include "edge/multipart.h"

#include "base/buf.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *load(const struct suite_case *c, const char *part)
{
    json_error_t error;
    size_t len;
    const char *text = case_text(c, part, &len);
    json_t *json = json_loadb(text, len, JSON_ALLOW_NUL, &error);

    if (!json)
        fail_msg("%s: %s", part, error.text);
    return json;
}

static json_t *show(const struct multipart_part *p)
{
    json_t *json = json_object();

    json_object_set_new(json, "name", json_string(p->name));
    if (p->filename)
        json_object_set_new(json, "filename", json_string(p->filename));
    if (p->type)
        json_object_set_new(json, "type", json_string(p->type));
    json_object_set_new(json, "data", json_stringn(p->data, p->len));
    return json;
}

static void play(const struct suite_case *c)
{
    struct multipart_part parts[MULTIPART_PARTS];
    json_t *in = load(c, "input"), *expected = load(c, "expected");
    json_t *body = json_object_get(in, "body"), *got = json_object(), *list = json_array();
    const char *error = NULL;

    /* exactly as long as it is, so that a read beyond its end is seen */
    size_t len = json_string_length(body);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, json_string_value(body), len);
    int n = multipart_parse(&arena, json_string_value(json_object_get(in, "type")), copy, len,
                            parts, &error);
    for (int i = 0; i < n; i++)
        json_array_append_new(list, show(&parts[i]));
    if (n >= 0)
        json_object_set(got, "parts", list);
    else
        json_object_set_new(got, "error", json_string(error));
    if (!json_equal(got, expected))
        fail_msg("got %s", json_dumps(got, JSON_COMPACT));
    free(copy);
    json_decref(list);
    json_decref(got);
    json_decref(expected);
    json_decref(in);
}

static void test_too_many_parts(void **state)
{
    (void)state;
    static const char part[] = "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\na\r\n";
    struct multipart_part parts[MULTIPART_PARTS];
    char body[sizeof(part) * (MULTIPART_PARTS + 2)] = "";
    const char *error = NULL;
    size_t len = 0;

    for (int i = 0; i <= MULTIPART_PARTS; i++)
        len += (size_t)snprintf(body + len, sizeof(body) - len, "%s", part);
    len += (size_t)snprintf(body + len, sizeof(body) - len, "--x--\r\n");
    assert_int_equal(
        multipart_parse(&arena, "multipart/form-data; boundary=x", body, len, parts, &error), -1);
    assert_string_equal(error, "There are too many parts.");
}

static void parse_form(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct multipart_part parts[MULTIPART_PARTS];
    const char *error = NULL;

    (void)work;
    multipart_parse(a, "multipart/form-data; boundary=x", data, len, parts, &error);
}

#define FORM_HEAD "--x\r\nContent-Disposition: form-data; name=\"f\""
#define FORM_TAIL "\r\n\r\na\r\n--x--\r\n"

/* a value is measured before it is allocated: memory grows as the input does */
static void work_is_linear(void **state)
{
    static const struct ratio forms[] = {
        {.name = "parameters",
         .head = FORM_HEAD,
         .piece = ";a=\"\"",
         .tail = FORM_TAIL,
         .bytes = 1024,
         .parse = parse_form},
        {.name = "a long parameter",
         .head = FORM_HEAD ";filename=\"",
         .piece = "a",
         .tail = "\"" FORM_TAIL,
         .parse = parse_form},
        {.name = "escapes",
         .head = FORM_HEAD ";filename=\"",
         .piece = "\\\"",
         .tail = "\"" FORM_TAIL,
         .parse = parse_form},
        {.name = "content",
         .head = FORM_HEAD "\r\n\r\n",
         .piece = "a",
         .tail = FORM_TAIL,
         .parse = parse_form},
        {.name = "line ends",
         .head = FORM_HEAD "\r\n\r\n",
         .piece = "\r\n--",
         .tail = FORM_TAIL,
         .parse = parse_form},
        {.name = "header lines",
         .head = FORM_HEAD,
         .piece = "\r\na: b",
         .tail = FORM_TAIL,
         .parse = parse_form},
        {.name = "parts",
         .piece = FORM_HEAD "\r\n\r\na\r\n",
         .tail = "--x--\r\n",
         .parse = parse_form},
        {.name = "before the first",
         .piece = "--y\r\n",
         .tail = FORM_HEAD FORM_TAIL,
         .parse = parse_form},
        {.name = "blanks behind a boundary",
         .head = "--x",
         .piece = " ",
         .tail = FORM_TAIL,
         .parse = parse_form},
    };

    (void)state;
    ratio_check_all(forms);
}

static void test_a_content_type_has_an_end(void **state)
{
    (void)state;
    struct multipart_part parts[MULTIPART_PARTS];
    const char *error = NULL;
    char *type = cs_printf(&arena, "multipart/form-data; boundary=x;%*s", 1000, "");

    assert_int_equal(multipart_parse(&arena, type, "--x--", 5, parts, &error), -1);
    assert_string_equal(error, "Content-Type must be at most 1,024 bytes.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_many_parts),
        cmocka_unit_test(work_is_linear),
        cmocka_unit_test(test_a_content_type_has_an_end),
    };

    return test_run_cases(tests, "multipart", play);
}
