/* Cases: tests/data/multipart/<case>/input.json {"type","body"} and expected.json {"parts"} or {"error"}. */
#include "edge/multipart.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *load(const char *name, const char *file)
{
    char path[512];
    json_error_t error;

    snprintf(path, sizeof(path), CS_TEST_DATA "/multipart/%s/%s", name, file);
    json_t *json = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: %s", path, error.text);
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

static void check_case(const char *name)
{
    struct multipart_part parts[MULTIPART_PARTS];
    json_t *in = load(name, "input.json"), *expected = load(name, "expected.json");
    json_t *body = json_object_get(in, "body"), *got = json_object(), *list = json_array();
    const char *error = NULL;
    struct cs_arena a;

    cs_arena_init(&a);
    /* exactly as long as it is, so that a read beyond its end is seen */
    size_t len = json_string_length(body);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, json_string_value(body), len);
    int n = multipart_parse(&a, json_string_value(json_object_get(in, "type")), copy, len, parts,
                            &error);
    for (int i = 0; i < n; i++)
        json_array_append_new(list, show(&parts[i]));
    if (n >= 0)
        json_object_set(got, "parts", list);
    else
        json_object_set_new(got, "error", json_string(error));
    if (!json_equal(got, expected))
        fail_msg("%s: got %s", name, json_dumps(got, JSON_COMPACT));
    free(copy);
    json_decref(list);
    json_decref(got);
    json_decref(expected);
    json_decref(in);
    cs_arena_dispose(&a);
}

static void test_cases(void **state)
{
    (void)state;
    DIR *dir = opendir(CS_TEST_DATA "/multipart");
    struct dirent *e;
    int n = 0;

    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        check_case(e->d_name);
        n++;
    }
    closedir(dir);
    assert_true(n >= 10);
}

static void test_too_many_parts(void **state)
{
    (void)state;
    static const char part[] = "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\na\r\n";
    struct multipart_part parts[MULTIPART_PARTS];
    char body[sizeof(part) * (MULTIPART_PARTS + 2)] = "";
    const char *error = NULL;
    struct cs_arena a;
    size_t len = 0;

    cs_arena_init(&a);
    for (int i = 0; i <= MULTIPART_PARTS; i++)
        len += (size_t)snprintf(body + len, sizeof(body) - len, "%s", part);
    len += (size_t)snprintf(body + len, sizeof(body) - len, "--x--\r\n");
    assert_int_equal(
        multipart_parse(&a, "multipart/form-data; boundary=x", body, len, parts, &error), -1);
    assert_string_equal(error, "There are too many parts.");
    cs_arena_dispose(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_too_many_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
