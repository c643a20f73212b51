/* prompt: the suite, and what is left out when a prompt is too long. */
#include "test.h"

#include "base/buf.h"
#include "chat/prompt.h"
#include "pbjson/pbjson.h"

/* oldest first in the file */
static void read_history(const json_t *list, struct prompt_parts *p)
{
    size_t n = json_array_size(list);
    struct cs_chat_message *messages = CS_NEW(&arena, struct cs_chat_message, n);

    for (size_t i = 0; i < n; i++) {
        const json_t *m = json_array_get(list, n - 1 - i);
        messages[i].role = cs_strdup(&arena, json_string_value(json_array_get(m, 0)));
        messages[i].text = cs_strdup(&arena, json_string_value(json_array_get(m, 1)));
    }
    p->history = messages;
    p->n_history = n;
}

static void compose(const char *input, struct prompt *ret)
{
    struct pbjson_errors errors = {0};
    SearchReply *found = SearchReply_new(&arena);
    json_t *json = pbjson_parse(&arena, input, strlen(input), &errors);
    struct prompt_parts p = {.found = found, .fence = "w0rd", .cite = true};

    assert_non_null(json);
    if (!pbjson_read(&arena, json_object_get(json, "found"), &found->base, &errors))
        fail_msg("%s: %s", errors.at[0].field, errors.at[0].message);
    p.instructions = cs_strdup(&arena, json_string_value(json_object_get(json, "instructions")));
    p.question = cs_strdup(&arena, json_string_value(json_object_get(json, "question")));
    p.cite = !json_is_false(json_object_get(json, "cite"));
    read_history(json_object_get(json, "history"), &p);
    prompt_compose(&arena, &p, ret);
    json_decref(json);
}

static void play(const struct suite_case *c)
{
    CS_BUF_AUTO struct cs_buf got = {0};
    struct prompt p;
    size_t bytes = 0;

    compose(case_text(c, "input", NULL), &p);
    for (size_t i = 0; i < p.n; i++) {
        cs_buf_addf(&got, "--- %s\n%s\n", p.messages[i].role, p.messages[i].text);
        bytes += strlen(p.messages[i].text);
    }
    assert_int_equal(bytes, p.bytes);
    assert_string_equal(got.data, case_text(c, "expected", NULL));
}

static char *text_of(size_t n)
{
    char *text = cs_alloc(&arena, n + 1);
    memset(text, 'x', n);
    return text;
}

static void test_the_newest_messages_have_precedence(void **state)
{
    struct cs_chat_message history[] = {{.role = "assistant", .text = "newest"},
                                        {.role = "user", .text = text_of(PROMPT_HISTORY - 6)},
                                        {.role = "assistant", .text = "oldest"}};
    SearchReply found = SEARCH_REPLY_INIT;
    struct prompt_parts parts = {
        .found = &found, .fence = "w0rd", .history = history, .n_history = 3, .question = "?"};
    struct prompt p;
    (void)state;

    prompt_compose(&arena, &parts, &p);
    assert_int_equal(p.n, 4);
    assert_ptr_equal(p.messages[1].text, history[1].text);
    assert_string_equal(p.messages[2].text, "newest");

    history[1].text = text_of(PROMPT_HISTORY - 5);
    prompt_compose(&arena, &parts, &p);
    assert_int_equal(p.n, 3);
    assert_string_equal(p.messages[1].text, "newest");
}

static void test_passages_are_cut_alike(void **state)
{
    Hit hits[2] = {HIT_INIT, HIT_INIT}, *items[] = {&hits[0], &hits[1]};
    SearchReply found = SEARCH_REPLY_INIT;
    struct prompt p;
    (void)state;

    hits[0].text = text_of(PROMPT_PASSAGES);
    hits[1].text = (char[]){"short"};
    found.items = items;
    found.n_items = 2;
    prompt_compose(&arena,
                   &(struct prompt_parts){.found = &found, .fence = "w0rd", .question = "?"}, &p);
    assert_true(p.bytes < PROMPT_PASSAGES / 2 + 2000);
    assert_non_null(strstr(p.messages[0].text, "short"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_messages_have_precedence),
        cmocka_unit_test(test_passages_are_cut_alike),
    };
    return test_run_cases(tests, "prompt", play);
}
