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

/* Pairs of a question and an answer, newest first, with so many tokens of the older question. */
static size_t pairs_told(size_t tokens)
{
    struct cs_chat_message history[] = {
        {.role = "assistant", .text = "newest"},
        {.role = "user", .text = "new?"},
        {.role = "assistant", .text = "old"},
        {.role = "user", .text = text_of(4 * tokens)},
        {.role = "assistant", .text = "oldest, without its question"}};
    SearchReply found = SEARCH_REPLY_INIT;
    struct prompt p;

    prompt_compose(&arena,
                   &(struct prompt_parts){.found = &found,
                                          .fence = "w0rd",
                                          .history = history,
                                          .n_history = LEN(history),
                                          .question = "?"},
                   &p);
    assert_string_equal(p.messages[0].role, "system");
    for (size_t i = 1; i < p.n; i++)
        assert_string_equal(p.messages[i].role, i % 2 ? "user" : "assistant");
    return p.n;
}

static void test_the_newest_pairs_have_precedence(void **state)
{
    (void)state;
    assert_int_equal(pairs_told(PROMPT_HISTORY - 4), 6);
    assert_int_equal(pairs_told(PROMPT_HISTORY - 3), 4);
}

/* The roles of a history, newest first, as letters: what becomes of them in the prompt. */
static const char *roles_told(const char *history)
{
    size_t n = strlen(history);
    struct cs_chat_message *messages = CS_NEW(&arena, struct cs_chat_message, n + 1);
    SearchReply found = SEARCH_REPLY_INIT;
    struct prompt p;
    char *roles = CS_NEW(&arena, char, n + 3);

    for (size_t i = 0; i < n; i++)
        messages[i] = (struct cs_chat_message){
            .role = history[i] == 'u' || history[i] == 'U' ? "user" : "assistant",
            .text = history[i] == 'U' || history[i] == 'A' ? "" : "text"};
    prompt_compose(
        &arena,
        &(struct prompt_parts){
            .found = &found, .fence = "w0rd", .history = messages, .n_history = n, .question = "?"},
        &p);
    for (size_t i = 1; i < p.n; i++)
        roles[i - 1] = p.messages[i].role[0];
    return roles;
}

static void test_roles_are_in_turn(void **state)
{
    (void)state;
    assert_string_equal(roles_told(""), "u");
    assert_string_equal(roles_told("au"), "uau");
    assert_string_equal(roles_told("aua"), "uau");
    assert_string_equal(roles_told("uau"), "uau");     /* the last question failed */
    assert_string_equal(roles_told("auuau"), "uauau"); /* one between two answers did */
    assert_string_equal(roles_told("uuu"), "u");       /* each did */
    assert_string_equal(roles_told("aau"), "uau");     /* an answer without a question */
    assert_string_equal(roles_told("Auau"), "uau");    /* an empty answer */
    assert_string_equal(roles_told("aUau"), "uau");    /* an empty question */
    assert_string_equal(roles_told("auauauau"), "uauauauau");
}

static void test_thoughts_are_not_told_again(void **state)
{
    struct cs_chat_message history[] = {{.role = "assistant", .text = "Hm.\n</think>\n\nNine."},
                                        {.role = "user", .text = "What is </think>?"}};
    SearchReply found = SEARCH_REPLY_INIT;
    struct prompt p;
    (void)state;

    prompt_compose(&arena,
                   &(struct prompt_parts){.found = &found,
                                          .fence = "w0rd",
                                          .history = history,
                                          .n_history = LEN(history),
                                          .question = "?"},
                   &p);
    assert_string_equal(p.messages[1].text, "What is </think>?");
    assert_string_equal(p.messages[2].text, "Nine.");
}

/* What a caller gives is told in full: messages of one role become one. */
static void test_a_given_history(void **state)
{
    struct cs_chat_message history[] = {{.role = "user", .text = "c"},
                                        {.role = "assistant", .text = "B2"},
                                        {.role = "assistant", .text = "B1"},
                                        {.role = "user", .text = "a2"},
                                        {.role = "user", .text = "a1"}};
    SearchReply found = SEARCH_REPLY_INIT;
    struct prompt p;
    (void)state;

    prompt_compose(&arena,
                   &(struct prompt_parts){.found = &found,
                                          .fence = "w0rd",
                                          .history = history,
                                          .n_history = LEN(history),
                                          .question = "d",
                                          .given = true},
                   &p);
    assert_int_equal(p.n, 4);
    assert_string_equal(p.messages[1].text, "a1\n\na2");
    assert_string_equal(p.messages[2].text, "B1\n\nB2");
    assert_string_equal(p.messages[3].text, "c\n\nd");
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
        cmocka_unit_test(test_the_newest_pairs_have_precedence),
        cmocka_unit_test(test_roles_are_in_turn),
        cmocka_unit_test(test_thoughts_are_not_told_again),
        cmocka_unit_test(test_a_given_history),
        cmocka_unit_test(test_passages_are_cut_alike),
    };
    return test_run_cases(tests, "prompt", play);
}
