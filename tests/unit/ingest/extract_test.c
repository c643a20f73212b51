/* extract: the format and encoding of a file, what is refused and why, and that a child is held to its limits. */
#include "test.h"

#include "../../support/blocks.h"

#include "ingest/extract.h"

#include <iconv.h>

static void takes(const char *name, const char *mime, const char *data, size_t len,
                  const char *format, const char *text)
{
    struct blocks x = blocks_of(&arena, name, mime, data, len);

    if (x.reason)
        fail_msg("%s: %s", name ? name : "(no name)", x.reason);
    assert_int_equal(x.n, 1);
    assert_string_equal(x.mime, format);
    assert_string_equal(x.at[0].text, text);
}

static void refuses(const char *name, const char *data, size_t len, const char *why)
{
    struct blocks x = blocks_of(&arena, name, NULL, data, len);

    assert_non_null(x.reason);
    assert_string_equal(x.reason, why);
}

#define LIT(s_) s_, sizeof(s_) - 1

static void test_kinds(void **state)
{
    (void)state;
    takes("a.md", NULL, LIT("x *y*\n"), "text/markdown", "x y");
    takes("A.MARKDOWN", "text/plain", LIT("*x*"), "text/markdown", "x");
    takes("a.txt", "text/markdown", LIT("# x"), "text/plain", "# x");
    takes("README", NULL, LIT("## x\n"), "text/markdown", "x");
    takes("NOTES", NULL, LIT("#x\n"), "text/plain", "#x");
    takes("FAQ v1.2", "text/markdown; charset=utf-8", LIT("*x*"), "text/markdown", "x");
    takes(NULL, NULL, LIT("x"), "text/plain", "x");
    takes("main.c", "text/plain", LIT("int x;"), "text/plain", "int x;");
    assert_string_equal(format_mime("a.md", "application/octet-stream"), "text/markdown");
    assert_string_equal(format_mime("a.xyz", "application/xyz"), "application/xyz");
    assert_string_equal(format_mime("a", NULL), "application/octet-stream");
}

/* four letters do not make a text something else */
static void test_no_prefix(void **state)
{
    (void)state;
    takes("a.txt", NULL, LIT("PK\3\4 is how archives begin, which this text is about"),
          "text/plain", "PK is how archives begin, which this text is about");
    takes("a.txt", NULL, LIT("GIF89a is an old format for pictures."), "text/plain",
          "GIF89a is an old format for pictures.");
    takes("a.txt", NULL, LIT("{\\rtf is how RTF begins."), "text/plain",
          "{\\rtf is how RTF begins.");
    takes("a.txt", NULL,
          LIT("one zero byte \0 among many characters, which are a text for all its readers, and "
              "which is long enough to be one"),
          "text/plain",
          "one zero byte  among many characters, which are a text for all its readers, and which "
          "is long enough to "
          "be one");
}

static void test_encodings(void **state)
{
    (void)state;
    takes("a.txt", NULL,
          LIT("\xef\xbb\xbf"
              "x\r\ny\r\nz\n"),
          "text/plain", "x\ny\nz");
    takes("a.txt", NULL, LIT("x\ry\r"), "text/plain", "x\ny");
    takes("a.txt", NULL, LIT("\xff\xfeh\0\xe9\0\n\0"), "text/plain", "h\xc3\xa9");
    takes("a.txt", NULL, LIT("\xfe\xff\0h\x4e\x2d"), "text/plain", "h\xe4\xb8\xad");
    takes("a.txt", NULL, LIT("\xff\xfe\x3d\xd8\0\xde"), "text/plain", "\xf0\x9f\x98\x80");
    takes("a.txt", NULL, LIT("\xff\xfe\0\0x\0\0\0"), "text/plain", "x");
    /* without a mark */
    takes("a.txt", NULL, LIT("D\0r\0u\0c\0k\0 \0\xfc\0b\0e\0r\0"), "text/plain",
          "Druck \xc3\xbc"
          "ber");
    takes("a.txt", NULL, LIT("\0D\0r\0u\0c\0k\0 \0\xfc\0b\0e\0r"), "text/plain",
          "Druck \xc3\xbc"
          "ber");
}

/* Bytes that are no text cost nothing of the text around them, and every block stands within the file. */
static void test_malformed(void **state)
{
    static const char link[] = "[x](https://a.example/\\(b\\))", code[] = "```\xff?\ne\n```\n";
    static const char page[] = "<p>a\xff</p><p>\xc3\xbc</p>";

    (void)state;
    takes("a.txt", NULL, LIT("\xff\xfeh\0\0\0\xe9\0i\0"), "text/plain", "h\xc3\xa9i");
    takes("a.md", NULL, LIT(link), "text/markdown", "x (https://a.example/(b))");
    struct blocks x = blocks_of(&arena, "a.html", NULL, LIT(page));
    assert_int_equal(x.n, 2);
    assert_string_equal(x.at[0].text, "a?");
    assert_string_equal(x.at[1].text, "\xc3\xbc");
    assert_true(x.at[1].end <= sizeof(page) - 1);
    x = blocks_of(&arena, "a.md", NULL, LIT(code));
    assert_int_equal(x.n, 1);
    assert_string_equal(x.at[0].info, "");
    x = blocks_of(&arena, "a.md", NULL, LIT("<i>\n\te"));
    assert_int_equal(x.n, 1);
    assert_true(x.at[0].end <= 6);
    x = blocks_of(&arena, "a.txt", NULL, LIT("it\xff\n"));
    assert_int_equal(x.n, 1);
    assert_true(x.at[0].end <= 4);
}

/* a text in another encoding, long enough to be recognised */
static void reads_as(const char *charset, const char *utf8)
{
    size_t len;
    char *data, *out, in[2048], *from = in;
    iconv_t cd = iconv_open(charset, "UTF-8");
    size_t left = (size_t)snprintf(in, sizeof(in), "%s", utf8), room = 4 * left + 16;

    assert_true(cd != (iconv_t)-1);
    out = data = cs_alloc(&arena, room);
    assert_int_equal(iconv(cd, &from, &left, &out, &room), 0);
    iconv_close(cd);
    len = (size_t)(out - data);
    struct blocks x = blocks_of(&arena, "a.txt", NULL, data, len);
    if (x.reason)
        fail_msg("%s: %s", charset, x.reason);
    if (strcmp(x.at[0].text, utf8) != 0)
        fail_msg("%s: %s", charset, x.at[0].text);
}

static void test_old_encodings(void **state)
{
    static const char german[] =
        "Die Bücher stehen in größeren Regalen, die Übersetzungen müssen später geprüft "
        "werden. Für Rückfragen können Sie die Geschäftsstelle täglich erreichen.";
    static const char russian[] =
        "Чтобы вернуть товар, напишите нам письмо с номером заказа и причиной возврата. "
        "Деньги поступят на счёт в течение десяти рабочих дней.";
    static const char chinese[] =
        "如果您需要退货，请在收到商品后的十四天内联系我们的客服部门，并提供您的订单号码和退货原因。"
        "我们会在三个工作日之内处理您的申请。";
    static const char japanese[] =
        "商品を返品する場合は、受け取り後十四日以内にカスタマーサービスまでご連絡ください。"
        "返金は十営業日以内に行われます。";

    (void)state;
    reads_as("ISO-8859-1", german);
    reads_as("WINDOWS-1251", russian);
    reads_as("KOI8-R", russian);
    reads_as("GBK", chinese);
    reads_as("GB18030", chinese);
    reads_as("BIG5", "如果您需要退貨，請在收到商品後的十四天內聯繫我們的客服部門，並提供您的訂單號"
                     "碼和退貨原因。");
    reads_as("SHIFT_JIS", japanese);
    reads_as("EUC-JP", japanese);
    reads_as("UTF-16LE", chinese);
    reads_as("UTF-16BE", russian);
}

static void test_refusals(void **state)
{
    (void)state;
    refuses("a.md", LIT("GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"),
            "Files of this kind are not supported: GIF image data.");
    refuses("a.bin",
            LIT("\x7f"
                "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0\1\0\0\0"),
            "Files of this kind are not supported: ELF 64-bit LSB shared object.");
    refuses("a.txt", LIT("\1\2\3\4\5\6\7\1\2\3\0\0\0\4\5\6"),
            "The file is in no format that is supported, and is no text.");
    refuses("a.txt", LIT(" \n\t\r\n"), "The file contains no text.");
    refuses("a.txt", LIT(""), "The file is empty.");
    refuses("a.txt", LIT("\xef\xbb\xbf"), "The file contains no text.");
}

static void test_clean(void **state)
{
    (void)state;
    takes("a.md", NULL, LIT("![a b](data:image/png;base64,AAAABBBBCCCCDDDDEEEEFFFF)"),
          "text/markdown", "a b");
    takes("a.txt", NULL, LIT("see data:image/png;base64,AAAABBBBCCCCDDDDEEEEFFFF== here"),
          "text/plain", "see  here");
    takes("a.md", NULL, LIT("1 &lt; 2 &amp;&nbsp;3 \\* 4 &#x20ac; &bogus;"), "text/markdown",
          "1 < 2 & 3 * 4 € &bogus;");
    takes("a.md", NULL, LIT("a<!-- no --> <b>b</b><br>c <script>x()</script>d"), "text/markdown",
          "a b\nc d");
    takes("a.md", NULL, LIT("soft\xc2\xadhyphen\x07"), "text/markdown", "softhyphen");
    takes("a.md", NULL, LIT("中文\n中文 and\nmore"), "text/markdown", "中文中文 and more");
    takes("a.md", NULL,
          LIT("<https://example.org/x> [mail](mailto:a@example.org) [b](#b) "
              "[c](https://example.org/c)"),
          "text/markdown",
          "https://example.org/x mail (a@example.org) b c (https://example.org/c)");
}

/* ---- the child ---- */

static enum extract_outcome run(const char *name, const char *data, size_t len, const char **reason)
{
    int file = extract_file(), blocks = -1;

    assert_true(file >= 0);
    assert_int_equal(write(file, data, len), len);
    struct extract_job job = {.name = name, .file = file};
    enum extract_outcome r = extract_run(&arena, &job, &blocks, reason);
    close(file);
    if (r == EXTRACT_OK) {
        struct blocks x = blocks_in(&arena, blocks);
        *reason = x.n == 1 ? x.at[0].text : "(another number of blocks)";
        close(blocks);
    }
    return r;
}

static void test_child(void **state)
{
    const char *said;

    (void)state;
    assert_int_equal(run("a.md", LIT("a *b*"), &said), EXTRACT_OK);
    assert_string_equal(said, "a b");
    assert_int_equal(run("a.md", LIT(" "), &said), EXTRACT_REFUSED);
    assert_string_equal(said, "The file contains no text.");
}

static bool never(void *arg)
{
    return arg != NULL;
}

static void test_stopped(void **state)
{
    int blocks, pipes[2];
    const char *reason;

    (void)state;
    assert_int_equal(pipe(pipes), 0); /* it never ends */
    struct extract_job job = {.name = "a.md", .file = pipes[0], .goes_on = never};
    assert_int_equal(extract_run(&arena, &job, &blocks, &reason), EXTRACT_FAILED); /* no file */
    close(pipes[0]);
    close(pipes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),     cmocka_unit_test(test_no_prefix),
        cmocka_unit_test(test_encodings), cmocka_unit_test(test_old_encodings),
        cmocka_unit_test(test_malformed), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_clean),     cmocka_unit_test(test_child),
        cmocka_unit_test(test_stopped),
    };
    return test_run(tests);
}
