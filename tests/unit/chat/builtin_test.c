/* builtin: the suite, and that it stops when it is told to. */
#include "test.h"

#include "base/buf.h"
#include "chat/builtin.h"
#include "pbjson/pbjson.h"

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

static void play(const struct suite_case *c)
{
    CS_BUF_AUTO struct cs_buf out = {0};

    compose(case_text(c, "input", NULL), &out);
    cs_buf_adds(&out, "\n"); /* as the part ends */
    assert_string_equal(out.data, case_text(c, "expected", NULL));
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
        cmocka_unit_test(test_stops_when_told),
    };
    return test_run_cases(tests, "builtin", play);
}
