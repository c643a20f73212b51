/* The formats that are ZIPs: any bytes as the parts of a DOCX, PPTX, XLSX, ODT or EPUB, or as an archive of files. The first
 * byte chooses; the bytes FF part the parts. The archive around them is sound, so what is fuzzed is behind it. */
#include "../support/whole.h"

#include <stdio.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct kind {
    const char *format, *parts[5];
} kinds[] = {
    {"docx", {"word/document.xml", "word/styles.xml", "word/numbering.xml", "docProps/core.xml"}},
    {"pptx",
     {"ppt/presentation.xml", "ppt/_rels/presentation.xml.rels", "ppt/slides/slide1.xml",
      "ppt/slides/slide2.xml"}},
    {"xlsx",
     {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/styles.xml",
      "xl/worksheets/sheet1.xml"}},
    {"odt", {"content.xml", "meta.xml"}},
    {"ods", {"content.xml"}},
    {"epub", {"META-INF/container.xml", "book.opf", "one.xhtml"}},
    {"zip", {"a.md", "b.csv", "c.eml", "d.json", "e.html"}},
};

static void put16(struct cs_buf *b, size_t n)
{
    cs_buf_add(b, (const char[]){(char)n, (char)(n >> 8)}, 2);
}

static void put32(struct cs_buf *b, size_t n)
{
    put16(b, n);
    put16(b, n >> 16);
}

/* the fields that the header of a member and its entry in the directory share */
static void member_fields(struct cs_buf *b, const char *name, const char *data, size_t len)
{
    put16(b, 20); /* version, no flags, stored, no time */
    put32(b, 0);
    put32(b, 0);
    put32(b, crc32(0, (const unsigned char *)data, (unsigned)len));
    put32(b, len);
    put32(b, len);
    put16(b, strlen(name));
    put16(b, 0);
}

static void member_add(struct cs_buf *zip, struct cs_buf *directory, const char *name,
                       const char *data, size_t len)
{
    cs_buf_adds(directory, "PK\1\2");
    put16(directory, 20);
    member_fields(directory, name, data, len);
    put16(directory, 0); /* comment, disk, attributes */
    put32(directory, 0);
    put32(directory, 0);
    put32(directory, zip->len);
    cs_buf_adds(directory, name);
    cs_buf_adds(zip, "PK\3\4");
    member_fields(zip, name, data, len);
    cs_buf_adds(zip, name);
    cs_buf_add(zip, data, len);
}

static void archive_make(struct cs_buf *zip, const struct kind *k, const char *data, size_t len)
{
    CS_BUF_AUTO struct cs_buf directory = {0};
    const char *end = data + len;
    size_t n = 0;

    for (size_t i = 0; i < sizeof(k->parts) / sizeof(*k->parts) && k->parts[i] && data <= end;
         i++) {
        const char *mark = memchr(data, 0xff, (size_t)(end - data));
        size_t part = (size_t)((mark ? mark : end) - data);
        member_add(zip, &directory, k->parts[i], data, part);
        data += part + 1;
        n++;
    }
    size_t at = zip->len;
    cs_buf_add(zip, directory.data, directory.len);
    cs_buf_adds(zip, "PK\5\6");
    put32(zip, 0);
    put16(zip, n);
    put16(zip, n);
    put32(zip, directory.len);
    put32(zip, at);
    put16(zip, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CS_BUF_AUTO struct cs_buf zip = {0};
    struct cs_arena a;
    size_t inflated = 0;
    struct emit e = {.fd = memfd_create("blocks", 0)};

    if (size < 2 || e.fd < 0 || !source_kind_init())
        return 0;
    cs_arena_init(&a);
    const struct kind *k = &kinds[data[0] % (sizeof(kinds) / sizeof(*kinds))];
    archive_make(&zip, k, (const char *)data + 1, size - 1);
    struct source s = {.data = zip.data, .len = zip.len, .arena = &a, .inflated = &inflated};
    emit_format(&e, format_named(k->format)->mime, 0);
    source_reader_of(format_named(k->format))(&s, &e);
    emit_end(&e);
    struct blocks x = blocks_in(&a, e.fd);
    const char *fault =
        x.n == (size_t)-1 ? "malformed frames" : whole_fault(&a, &x, chunk_sizes(200, 0));
    if (fault) {
        fprintf(stderr, "%s\n", fault);
        abort();
    }
    close(e.fd);
    cs_arena_dispose(&a);
    return 0;
}
