#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../arena.h"

#include "base/buf.h"
#include "chat/builtin.h"
#include "pbjson/pbjson.h"

#include <dirent.h>
#include <string.h>

/* the file, or NULL */
static char *read_file(const char *folder, const char *name)
{
    FILE *f = fopen(cs_printf(&arena, "%s/%s", folder, name), "r");
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t n;

    if (!f)
        return NULL;
    while ((n = fread(cs_buf_grow(&b, 4096), 1, 4096, f)) > 0)
        b.len += n;
    fclose(f);
    return cs_strndup(&arena, b.data, b.len);
}

static bool add(void *state, const char *text, size_t len)
{
    cs_buf_add(state, text, len);
    return true;
}

/* {"question", "cite"?, "found": a SearchReply} */
static void compose(const char *input, struct cs_buf *out)
{
    struct pbjson_errors errors = {0};
    SearchReply *found = SearchReply_new(&arena);
    json_t *json = pbjson_parse(&arena, input, strlen(input), &errors);

    assert_non_null(json);
    if (!pbjson_read(&arena, json_object_get(json, "found"), &found->base, &errors))
        fail_msg("%s: %s", errors.at[0].field, errors.at[0].message);
    builtin_compose(&arena, &(struct builtin){
                                .question = json_string_value(json_object_get(json, "question")),
                                .found = found,
                                .cite = !json_is_false(json_object_get(json, "cite")),
                                .say = add,
                                .state = out,
                            });
    json_decref(json);
}

static bool play(const char *name)
{
    char *folder = cs_printf(&arena, "%s/builtin/%s", CS_TEST_DATA, name);
    char *input = read_file(folder, "input.json"), *expected = read_file(folder, "expected.md");
    CS_BUF_AUTO struct cs_buf out = {0};

    if (!input || !expected) {
        print_error("%s: a file is missing\n", folder);
        return false;
    }
    compose(input, &out);
    cs_buf_adds(&out, "\n"); /* files end with one */
    if (strcmp(out.data, expected) == 0)
        return true;
    print_error("%s: got\n%s", name, out.data);
    return false;
}

static void test_cases(void **state)
{
    DIR *dir = opendir(CS_TEST_DATA "/builtin");
    int n = 0, wrong = 0;
    (void)state;

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        wrong += !play(e->d_name);
        n++;
    }
    closedir(dir);
    assert_int_equal(wrong, 0);
    assert_true(n >= 8);
}

static bool add_once(void *state, const char *text, size_t len)
{
    add(state, text, len);
    return false;
}

static void test_stops_when_told(void **state)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    SearchReply *found = SearchReply_new(&arena);
    Hit *hit = Hit_new(&arena);
    (void)state;

    hit->text = cs_strdup(&arena, "It runs.");
    found->items = &hit;
    found->n_items = 1;
    builtin_compose(
        &arena,
        &(struct builtin){
            .question = "run?", .found = found, .cite = true, .say = add_once, .state = &out});
    assert_null(strstr(out.data, "It runs."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_stops_when_told),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
