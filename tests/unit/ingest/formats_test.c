/* formats: the blocks of a document of each format (tests/data/documents/make), and the reason of each hostile one. */
#include "test.h"

#include "../../support/whole.h"

#include "ingest/extract.h"

#include <fcntl.h>

#define DOCUMENTS "tests/data/documents/"

/* read by a child, as ingest does it */
static struct blocks document_as(const char *file, const char *name)
{
    int from = open(cs_printf(&arena, DOCUMENTS "%s", file), O_RDONLY), to = extract_file(), out;
    struct blocks r = {0};
    char part[4096];
    ssize_t n;

    assert_true(from >= 0 && to >= 0);
    while ((n = read(from, part, sizeof(part))) > 0)
        assert_int_equal(write(to, part, (size_t)n), n);
    const struct extract_job job = {.name = name, .file = to};
    enum extract_outcome outcome = extract_run(&arena, &job, &out, &r.reason);
    if (outcome == EXTRACT_OK) {
        r = blocks_in(&arena, out);
        close(out);
    }
    assert_true(outcome == EXTRACT_OK || outcome == EXTRACT_REFUSED);
    close(from);
    close(to);
    return r;
}

/* each block as a line: its kind, its level or flags, its page, its text */
static char *shown(const struct blocks *x)
{
    static const char kinds[] = "=#.*|`^";
    CS_BUF_AUTO struct cs_buf b = {0};

    for (size_t i = 0; i < x->n; i++) {
        const struct block *k = &x->at[i];
        if (k->kind == 0)
            cs_buf_addf(&b, "=%s: %s\n", k->info, k->text);
        else
            cs_buf_addf(&b, "%c%d %s%s\n", kinds[k->kind], k->level ? k->level : (int)k->flags,
                        k->page ? cs_printf(&arena, "p%d ", k->page) : "", k->text);
    }
    return cs_strdup(&arena, b.data ? b.data : "");
}

static void reads(const char *file, const char *want)
{
    struct blocks x = document_as(file, file);
    const char *fault;

    if (x.reason)
        fail_msg("%s: %s", file, x.reason);
    assert_string_equal(shown(&x), want);
    if ((fault = whole_fault(&arena, &x, chunk_sizes(200, 0))))
        fail_msg("%s: %s", file, fault);
}

static void fails(const char *file, const char *why)
{
    struct blocks x = document_as(file, file);

    assert_non_null(x.reason);
    assert_string_equal(x.reason, why);
}

static void test_word(void **state)
{
    (void)state;
    reads("manual.docx",
          "=title: A manual\n#1 Pump\n.0 Press the green key & wait.\n.0 Steps:\n*1 1. Fill it\n"
          "*0   - with water\n*0 2. Start it\n#1 Prices\n|3 | Plan | Price |\n|---|---|\n"
          "|0 | Pro | Euro 19 |\n");
}

static void test_sheets(void **state)
{
    (void)state;
    reads("sales.xlsx", "#1 p1 Sales\n|3 p1 | City | Day |  | Sum |\n|---|---|---|---|\n"
                        "|0 p1 | Linz | 2026-03-14 |  | 12.5 |\n");
    reads("stock.ods", "#1 p1 Stock\n|3 p1 | Part | Count |\n|---|---|\n|0 p1 | bolt | 7 |\n");
}

static void test_slides(void **state)
{
    (void)state;
    reads("talk.pptx", "#1 p1 Welcome\n*1 p1 - First point\n*0 p1 - Second point\n#1 p2 Thanks\n*1 "
                       "p2 - Questions?\n");
    reads("show.odp", ".0 p1 Hello\n.0 p2 Bye\n");
}

static void test_letters(void **state)
{
    (void)state;
    reads("letter.odt", "#2 Garden\n.0 Water the roses.\n*1 - one\n  - two\n");
    reads("book.epub", "=title: The book\n#1 One\n.0 First chapter.\n#1 Two\n.0 Second chapter.\n");
}

static void test_pdf(void **state)
{
    (void)state;
    if (access("/usr/bin/pdftotext", X_OK) != 0)
        skip();
    reads("manual.pdf",
          "=pages: 4\n#1 p1 Pump\n.0 p1 Press the green key and wait until the lamp is lit.\n"
          ".0 p2 The left column of this page is read to its end before the right one, as a person "
          "reads "
          "it, whatever the order is.\n"
          ".0 p2 The right column follows it. Words are joined where they were hyphenated at the "
          "end of "
          "a line.\n"
          "#2 p3 Care\n.0 p3 Clean the filter once a month, and more often in summer.\n"
          ".0 p4 The last page says where the spare parts are kept.\n");
    fails("cut.pdf", "The PDF is damaged or encrypted.");
    fails("scan.pdf", access("/usr/bin/tesseract", X_OK) == 0
                          ? "No text layer. OCR recognised no text."
                          : "No text layer; OCR is not installed.");
}

static bool is_limit(const char *reason)
{
    return reason && (strstr(reason, "within the limits") || strstr(reason, " took more than "));
}

/* each within the limits of a child */
static void test_bombs(void **state)
{
    (void)state;
    fails("laughs.docx",
          "The document is damaged: its text is no well-formed XML, or is nested too deeply.");
    fails("bomb.docx", "The archive holds more than 64 MiB.");
    if (access("/usr/bin/pdftotext", X_OK) == 0)
        assert_true(
            is_limit(document_as("bomb.pdf", "bomb.pdf").reason)); /* whichever it meets first */
}

/* the name of a file does not make it something else */
static void test_wrong_names(void **state)
{
    (void)state;
    assert_string_equal(shown(&(struct blocks[]){document_as("letter.odt", "letter.txt")}[0]),
                        "#2 Garden\n.0 Water the roses.\n*1 - one\n  - two\n");
    assert_string_equal(document_as("manual.docx", "manual.pdf").mime,
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
}

/* the end of an archive says what is in it */
static void test_cut(void **state)
{
    static const char *const files[] = {"manual.docx", "talk.pptx", "sales.xlsx", "letter.odt",
                                        "book.epub"};

    (void)state;
    for (size_t i = 0; i < LEN(files); i++) {
        char data[4096];
        FILE *f = fopen(cs_printf(&arena, DOCUMENTS "%s", files[i]), "rb");
        size_t len = fread(data, 1, sizeof(data), f);
        fclose(f);
        struct blocks x = blocks_of(&arena, files[i], NULL, data, len * 2 / 3);
        assert_non_null(x.reason);
        assert_string_equal(x.reason, "The document is damaged: a part of the file is missing.");
    }
}

/* 200,000 nested elements cost neither stack nor text */
static void test_nested(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    (void)state;
    for (int i = 0; i < 200000; i++)
        cs_buf_adds(&b, "<div>");
    cs_buf_adds(&b, "deep");
    struct blocks x = blocks_of(&arena, "a.html", NULL, b.data, b.len);
    assert_null(x.reason);
    assert_string_equal(shown(&x), ".0 deep\n");
}

static void takes(const char *name, const char *data, const char *want)
{
    struct blocks x = blocks_of(&arena, name, NULL, data, strlen(data));

    if (x.reason)
        fail_msg("%s: %s", name, x.reason);
    assert_string_equal(shown(&x), want);
}

static void test_html(void **state)
{
    (void)state;
    takes(
        "a.html",
        "<!doctype html><title>A &amp; "
        "b</title><style>x{}</style><nav><a>Home</a></nav><header>Site</header><main>"
        "<h1>Title<a class=headerlink>\xc2\xb6</a></h1><p>One "
        "<b>two</b>&nbsp;three<br>four<ul><li>a<ul><li>b</ul><li>c</ul>"
        "<table><tr><th>A<th>B<tr><td>1<td><p>2</table><table><tr><td><h2>Layout</h2><td>right</"
        "table>"
        "<pre class='language-c'>int x;\n  "
        "y;</pre><dl><dt>Term<dd>means</dl><script>no()</script><p hidden>no</p>"
        "<figure><img alt=Cat><figcaption>A photo</figcaption></figure></main><footer>no</footer>",
        "#1 Title\n.0 One two three\nfour\n*1 - a\n  - b\n*0 - c\n|3 | A | B |\n|---|---|\n|0 | 1 "
        "| 2 |\n#2 Layout\n.0 right\n"
        "`0 int x;\n  y;\n*1 - Term\n  means\n.0 Cat\n^0 A photo\n=title: A & b\n");
    takes("a.txt", " <!-- x --><html><p>a page", ".0 a page\n");
}

static void test_csv(void **state)
{
    (void)state;
    takes("a.csv", "Model;Price\n\"A; \"\"B\"\"\";1,5\n\nC;\n",
          "|3 | Model | Price |\n|---|---|\n|0 | A; \"B\" | 1,5 |\n|0 | C |\n");
    takes("a.tsv", "a\tb\n1\t\"x\ny\"\n", "|3 | a | b |\n|---|---|\n|0 | 1 | x y |\n");
}

static void test_json(void **state)
{
    (void)state;
    takes("a.json",
          "[{\"name\": \"A\\u00e9\\n\", \"tags\": [1, \"x\"], \"no\": null}, {\"name\": \"B\", "
          "\"at\": {\"x\": true}}]",
          ".0 name: A\xc3\xa9\ntags: 1, x\n.0 name: B\nat.x: true\n");
    takes("a.jsonl", "{\"a\": 1}\n{\"a\": {\"b\": \"c\"}}\n", ".0 a: 1\n.0 a.b: c\n");
    takes("a.json", "{\"title\": \"T\", \"items\": [{\"a\": 1}], \"z\": 2}",
          ".0 title: T\n#1 items\n.0 a: 1\n.0 z: 2\n");
    takes("a.json", "{\"a\": 1} and more", ".0 a: 1\n.0 and more\n");
    takes("a.json", "{not json", ".0 {not json\n");
}

static void test_rtf(void **state)
{
    (void)state;
    takes("a.rtf",
          "{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Arial;}}{\\*\\generator "
          "x;}\n\\pard\\outlinelevel0 Title\\par\n"
          "\\pard A \\b bold\\b0  \\'e4\\u8364?\\u-10179?\\u-8704? \\{x\\}\\line two\\par\n"
          "\\trowd\\cellx100\\cellx200\\pard\\intbl A\\cell B\\cell\\row\\pard\\intbl 1\\cell "
          "2\\cell\\row\\pard end}",
          "#1 Title\n.0 A bold \xd0\xb4\xe2\x82\xac\xf0\x9f\x98\x80 {x}\ntwo\n|3 | A | B "
          "|\n|---|---|\n|0 | 1 | 2 |\n.0 end\n");
}

static void test_mail(void **state)
{
    static const char message[] =
        "From: =?UTF-8?Q?J=C3=B6rg?= <j@example.org>\r\nTo: a@example.org\r\nDate: Fri, 27 Nov "
        "2026 07:00:00 +0000\r\n"
        "Subject: =?iso-8859-1?B?R3L832U=?=\r\n =?utf-8?Q?_an_alle?=\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\n"
        "Content-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: "
        "text/html\r\n\r\n<p>html\r\n"
        "--b2\r\nContent-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: "
        "quoted-printable\r\n\r\n"
        "Sch=F6ne T=\r\nage\r\n--b2--\r\n--b1\r\nContent-Type: text/csv; name=a.csv\r\n"
        "Content-Disposition: attachment; filename=\"a.csv\"\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\n"
        "YSxiCjEsMgo=\r\n--b1--\r\n";

    (void)state;
    takes("a.eml", message,
          "#1 Gr\xc3\xbc\xc3\x9f"
          "e an alle\n.0 From: J\xc3\xb6rg <j@example.org>\nTo: a@example.org\n"
          "Date: Fri, 27 Nov 2026 07:00:00 +0000\n.0 Sch\xc3\xb6ne Tage\n#1 a.csv\n|3 | a | b "
          "|\n|---|---|\n|0 | 1 | 2 |\n");
    takes("a.mbox",
          "From x Fri Nov 27\nFrom: a\nSubject: one\nDate: d\n\nText 1\n\nFrom y Sat\nFrom: "
          "b\nSubject: two\n\nText 2\n",
          "#1 one\n.0 From: a\nDate: d\n.0 Text 1\n#1 two\n.0 From: b\n.0 Text 2\n");
}

static void test_archive(void **state)
{
    (void)state;
    reads(
        "files.zip",
        "#1 notes/a.md\n#2 Title\n.0 Some words.\n#1 b.csv\n|3 | x | y |\n|---|---|\n|0 | 1 | 2 |\n"
        "#1 c.bin\n=warning: c.bin: Files of this kind are not supported: ELF invalid class "
        "invalid byte order.\n"
        "#1 letter.odt\n#3 Garden\n.0 Water the roses.\n*1 - one\n  - two\n");
    fails("bomb.zip", "The archive holds more than 64 MiB.");
}

/* a record that is cut has its first line in each piece */
static void test_long_record(void **state)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    struct chunk *k;

    (void)state;
    cs_buf_adds(&b, "[{\"name\": \"Pump 7\"");
    for (int i = 0; i < 60; i++)
        cs_buf_addf(&b, ", \"field%d\": \"some value that is there\"", i);
    cs_buf_adds(&b, "}]");
    struct blocks x = blocks_of(&arena, "a.json", NULL, b.data, b.len);
    size_t n = chunks_of(&arena, &x, chunk_sizes(300, 0), &k);
    assert_true(n > 3);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(k[i].text, "name: Pump 7\n", 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_word),    cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_slides),  cmocka_unit_test(test_letters),
        cmocka_unit_test(test_pdf),     cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_nested),  cmocka_unit_test(test_wrong_names),
        cmocka_unit_test(test_html),    cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json),    cmocka_unit_test(test_long_record),
        cmocka_unit_test(test_rtf),     cmocka_unit_test(test_mail),
        cmocka_unit_test(test_archive), cmocka_unit_test(test_cut),
    };
    return test_run(tests);
}
