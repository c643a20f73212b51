/* suite: the notation, and that a mistake in it is named by its line. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARSE(text_, ret_n_)                                                                       \
    suite_parse(&arena, "s.cases", cs_memdup(&arena, text_, sizeof(text_)), sizeof(text_) - 1,     \
                ret_n_)

static void assert_part(const struct suite_case *c, const char *name, const char *text, size_t len)
{
    const struct suite_part *p = suite_part(c, name);

    assert_non_null(p);
    assert_int_equal(p->len, len);
    assert_memory_equal(p->text, text, len + 1);
}

#define ASSERT_PART(case_, name_, text_) assert_part(case_, name_, text_, sizeof(text_) - 1)

static void test_parts(void **state)
{
    size_t n;
    struct suite_case *c = PARSE("About it.\n\n== one\nA remark.\n-- input: {\"a\": 1}\n"
                                 "-- expected\n\nfirst\n\n second\n\n\n== two-2\n-- input\n"
                                 "-- a\n\n-- b\n--\n==\n\n",
                                 &n);
    (void)state;

    assert_int_equal(n, 2);
    assert_string_equal(c[0].name, "one");
    assert_string_equal(c[0].where, "s.cases:3 one");
    ASSERT_PART(&c[0], "input", "{\"a\": 1}");
    ASSERT_PART(&c[0], "expected", "\nfirst\n\n second\n\n");
    assert_null(suite_part(&c[0], "a"));
    assert_string_equal(c[1].where, "s.cases:13 two-2");
    ASSERT_PART(&c[1], "input", "");
    ASSERT_PART(&c[1], "a", "\n");
    ASSERT_PART(&c[1], "b", "--\n==\n\n");
}

static void test_escapes(void **state)
{
    size_t n;
    struct suite_case *c = PARSE("== one\n-- a (escaped): \\r\\n\\t\\0\\\\\\xffé\\{3 ab}\\{1  }\n"
                                 "-- b (escaped)\n\\x2d- a\n\nb\\\n"
                                 "-- c (escaped)\none \\\nline\\n\n\n\n"
                                 "== two\n-- a: \\n\n-- b\n\\\n",
                                 &n);
    (void)state;

    assert_int_equal(n, 2);
    ASSERT_PART(&c[0], "a",
                "\r\n\t\0\\\xff\xc3\xa9"
                "ababab ");
    ASSERT_PART(&c[0], "b", "-- a\n\nb");
    ASSERT_PART(&c[0], "c", "one line\n\n\n");
    ASSERT_PART(&c[1], "a", "\\n");
    ASSERT_PART(&c[1], "b", "\\\n");
}

/* what a program that parses `text` says before it ends with 1 */
static char *mistake(const char *text, size_t len)
{
    char *said = cs_alloc(&arena, 512);
    int fd[2], status;
    ssize_t got;
    size_t n;

    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        suite_parse(&arena, "s.cases", cs_memdup(&arena, text, len + 1), len, &n);
        _exit(0);
    }
    close(fd[1]);
    for (n = 0; (got = read(fd[0], said + n, 511 - n)) > 0;)
        n += (size_t)got;
    close(fd[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    return said;
}

#define MISTAKE(text_) mistake(text_, sizeof(text_) - 1)

static void test_mistakes(void **state)
{
    (void)state;
    assert_string_equal(MISTAKE(""), "s.cases:0: The suite or its last case is empty.\n");
    assert_string_equal(MISTAKE("== one\n-- a: b\n== two\n"),
                        "s.cases:3: The suite or its last case is empty.\n");
    assert_string_equal(MISTAKE("== one\n== two\n"), "s.cases:2: The case above has no part.\n");
    assert_string_equal(MISTAKE("== One\n"), "s.cases:1: A name is made of a-z, 0-9, _ and -.\n");
    assert_string_equal(MISTAKE("== one case\n"),
                        "s.cases:1: A case is `== name` and nothing else.\n");
    assert_string_equal(MISTAKE("== one\n-- a: b\n== one\n"),
                        "s.cases:3: There is a case one already.\n");
    assert_string_equal(MISTAKE("== one\n-- a: b\n-- a\n"),
                        "s.cases:3: There is a part a already.\n");
    assert_string_equal(MISTAKE("-- a\n"),
                        "s.cases:1: A part belongs to a case, which has at most 4.\n");
    assert_string_equal(MISTAKE("== one\n-- a\n-- b\n-- c\n-- d\n-- e\n"),
                        "s.cases:6: A part belongs to a case, which has at most 4.\n");
    assert_string_equal(MISTAKE("== one\n-- a escaped\n"),
                        "s.cases:2: A part is `-- name` or `-- name (escaped)`, and may go on with "
                        "`: text`.\n");
    assert_string_equal(
        MISTAKE("== one\n-- a: b\nc\n"),
        "s.cases:3: The text of this part stands on its heading's line, and is all.\n");
    assert_string_equal(MISTAKE("== one\n-- a\nb"),
                        "s.cases:3: The last line has no newline at its end.\n");
}

static void test_mistakes_in_text(void **state)
{
    (void)state;
    assert_string_equal(MISTAKE("== one\n-- a\nb \n"),
                        "s.cases:3: White space at the end of a line is written \\x20 or \\t.\n");
    assert_string_equal(MISTAKE("== one\n-- a\nb\r\n"),
                        "s.cases:3: The byte \\x0d is written as an escape.\n");
    assert_string_equal(MISTAKE("== one\n-- a\nb\0c\n"),
                        "s.cases:3: The byte \\x00 is written as an escape.\n");
    assert_string_equal(MISTAKE("== one\n-- a (escaped)\n\\q\n"),
                        "s.cases:3: There is no escape \\q.\n");
    assert_string_equal(MISTAKE("== one\n-- a (escaped)\n\\x2\n"),
                        "s.cases:3: There is no escape \\x.\n");
    for (size_t i = 0; i < 4; i++) {
        const char *wrong[] = {"\\{0 x}", "\\{1048577 x}", "\\{3x}", "\\{3 x"};
        const char *text = cs_printf(&arena, "== one\n-- a (escaped)\n%s\n", wrong[i]);
        assert_string_equal(mistake(text, strlen(text)),
                            "s.cases:3: A repetition is \\{<1 to 1048576> <text>}.\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_mistakes_in_text),
    };
    return test_run(tests);
}
