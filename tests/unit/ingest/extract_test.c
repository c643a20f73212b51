/* extract: what is taken for text, what it becomes, and why the rest is refused. */
#include "test.h"

#include "ingest/extract.h"

/* with room for one more, and not for two */
static char *copy(const char *data, size_t len)
{
    static char bytes[256];

    memset(bytes, 'z', sizeof(bytes));
    return memcpy(bytes, data, len);
}

static void takes(const char *name, const char *mime, const char *data, size_t len,
                  enum text_kind kind, const char *text)
{
    struct extracted x;
    const char *reason = extract(&arena, name, mime, copy(data, len), len, &x);

    if (reason)
        fail_msg("%s: %s", name ? name : "(no name)", reason);
    assert_int_equal(x.kind, kind);
    assert_string_equal(x.text, text);
    assert_int_equal(x.len, strlen(text));
}

static void refuses(const char *name, const char *data, size_t len, const char *why)
{
    struct extracted x;
    const char *reason = extract(&arena, name, NULL, copy(data, len), len, &x);

    assert_non_null(reason);
    assert_string_equal(reason, why);
}

#define LIT(s_) s_, sizeof(s_) - 1

static void test_kinds(void **state)
{
    (void)state;
    takes("a.md", NULL, LIT("# x\n"), TEXT_MARKDOWN, "# x\n");
    takes("A.MARKDOWN", "text/plain", LIT("x"), TEXT_MARKDOWN, "x");
    takes("a.txt", "text/markdown", LIT("# x"), TEXT_PLAIN, "# x");
    takes("README", NULL, LIT("see\n## x\n"), TEXT_MARKDOWN, "see\n## x\n");
    takes("NOTES", NULL, LIT("#x\n"), TEXT_PLAIN, "#x\n");
    takes("FAQ v1.2", "text/markdown; charset=utf-8", LIT("x"), TEXT_MARKDOWN, "x");
    takes(NULL, NULL, LIT("x"), TEXT_PLAIN, "x");
    takes("main.c", "text/plain", LIT("int x;"), TEXT_PLAIN, "int x;");
    assert_string_equal(extract_mime("a.md", "application/octet-stream"), "text/markdown");
    assert_string_equal(extract_mime("a.pdf", "application/pdf"), "application/pdf");
    assert_string_equal(extract_mime("a", NULL), "application/octet-stream");
}

static void test_encodings(void **state)
{
    (void)state;
    takes("a.txt", NULL,
          LIT("\xef\xbb\xbf"
              "x\r\ny\rz\n"),
          TEXT_PLAIN, "x\ny\nz\n");
    takes("a.txt", NULL, LIT("\xff\xfeh\0\xe9\0\n\0"), TEXT_PLAIN, "h\xc3\xa9\n");
    takes("a.txt", NULL, LIT("\xfe\xff\0h\x4e\x2d"), TEXT_PLAIN, "h\xe4\xb8\xad");
    takes("a.txt", NULL, LIT("\xff\xfe\x3d\xd8\0\xde"), TEXT_PLAIN, "\xf0\x9f\x98\x80");
}

static void test_refusals(void **state)
{
    (void)state;
    refuses("a.txt", LIT("%PDF-1.7 x"),
            "PDF is not supported yet. Text and Markdown are supported.");
    refuses("a.md", LIT("PK\3\4zip"),
            "ZIP and Office files are not supported yet. Text and Markdown are supported.");
    refuses("a.md", LIT("\x89PNG\r\n"),
            "Pictures are not supported. Text and Markdown are supported.");
    refuses("a.txt", LIT("ab\0cd"),
            "Binary files are not supported. Text and Markdown are supported.");
    refuses("a.html", LIT("<p>"),
            "Files of type .html are not supported yet. Text and Markdown are supported.");
    refuses("a.txt",
            LIT("ab\xff"
                "cd"),
            "The file is not valid UTF-8 at byte 2. Save it as UTF-8.");
    refuses("a.txt", LIT("gr\xfc\xdf"), "The file is not valid UTF-8 at byte 2. Save it as UTF-8.");
    refuses("a.txt", LIT("\xff\xfe\0\xd8x\0"), "The file is not valid UTF-16 at byte 2.");
    refuses("a.txt", LIT(" \n\t\r\n"), "The file contains no text.");
    refuses("a.txt", LIT(""), "The file contains no text.");
    refuses("a.txt", LIT("\xef\xbb\xbf"), "The file contains no text.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_refusals),
    };
    return test_run(tests);
}
