/* block: what a child writes is read back, and nothing that is malformed gets through. */
#include "test.h"

#include "../../support/blocks.h"

static struct cs_buf frames;

static void frame(char type, const void *content, size_t len)
{
    uint32_t n = (uint32_t)len;

    cs_buf_add(&frames, &type, 1);
    cs_buf_add(&frames, "\0\0\0", 3);
    cs_buf_add(&frames, &n, sizeof(n));
    cs_buf_add(&frames, content, len);
}

static struct blocks read_frames(size_t len)
{
    int fd = memfd_create("frames", 0);

    assert_int_equal(write(fd, frames.data, len), len);
    struct blocks r = blocks_in(&arena, fd);
    close(fd);
    return r;
}

static void block(struct block_header h, const char *text)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    h.text += (uint32_t)strlen(text);
    cs_buf_add(&b, &h, sizeof(h));
    cs_buf_adds(&b, text);
    frame('b', b.data, b.len);
}

/* one document with this block */
static struct blocks with(struct block_header h, const char *text)
{
    cs_buf_clear(&frames);
    frame('f', "\1text/plain", 11);
    block(h, text);
    frame('.', "", 0);
    return read_frames(frames.len);
}

#define MALFORMED(text_, ...)                                                                      \
    assert_true(with((struct block_header){__VA_ARGS__}, text_).n == (size_t)-1)

static void test_whole(void **state)
{
    struct blocks r = with(
        (struct block_header){.kind = BLOCK_PARAGRAPH, .page = 3, .start = 5, .end = 9}, "word");

    (void)state;
    assert_int_equal(r.n, 1);
    assert_string_equal(r.mime, "text/plain");
    assert_int_equal(r.format, FORMAT_FLAT);
    assert_string_equal(r.at[0].text, "word");
    assert_int_equal(r.at[0].page, 3);
    assert_int_equal(block_source(&r.at[0], 0), 5);
}

static void test_malformed(void **state)
{
    (void)state;
    MALFORMED("x", .kind = 0);
    MALFORMED("x", .kind = BLOCK_KINDS);
    MALFORMED("x", .kind = BLOCK_HEADING);
    MALFORMED("x", .kind = BLOCK_HEADING, .level = 7);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .level = 1);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .flags = 8);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .zero = 1);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .start = 2, .end = 1);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .page = BLOCK_MAX_PAGE + 1);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .text = 1);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .info = 1);
    MALFORMED("x", .kind = BLOCK_PARAGRAPH, .marks = 0x20000000);
    MALFORMED("x\xff", .kind = BLOCK_PARAGRAPH);
    MALFORMED(" \n", .kind = BLOCK_PARAGRAPH);
    MALFORMED("", .kind = BLOCK_PARAGRAPH);
}

/* a document is whole, or it is none */
static void test_cut(void **state)
{
    (void)state;
    with((struct block_header){.kind = BLOCK_PARAGRAPH, .end = 4}, "word");
    for (size_t len = 1; len < frames.len; len++)
        assert_true(read_frames(len).n == (size_t)-1);
    frame('.', "", 0); /* something behind the end */
    assert_true(read_frames(frames.len).n == (size_t)-1);
}

/* A child that was taken over by its file may write as much as a file may hold before the first passage ends. */
static void test_ceiling(void **state)
{
    enum { CEILING = 1024 * 1024, MANY = 600 };
    char property[BLOCK_MAX_PROPERTY] = "name";

    (void)state;
    memset(property + 5, 'x', sizeof(property) - 5);
    cs_buf_clear(&frames);
    frame('f', "\1text/plain", 11);
    for (int i = 0; i < MANY; i++)
        frame('p', property, sizeof(property));
    frame('.', "", 0);
    assert_int_equal(read_frames(frames.len).n, MANY);
    arena.ceiling = arena.bytes + CEILING;
    assert_true(read_frames(frames.len).n == (size_t)-1);
    assert_true(arena.exceeded && arena.bytes <= arena.ceiling + CEILING);
    arena.ceiling = 0;
    arena.exceeded = false;
}

static void test_reason(void **state)
{
    (void)state;
    cs_buf_clear(&frames);
    frame('!', "Because.", 8);
    assert_string_equal(read_frames(frames.len).reason, "Because.");
    cs_buf_clear(&frames);
    frame('f', "\0text/plain", 11);
    frame('!', "Because.", 8);
    assert_string_equal(read_frames(frames.len).reason, "Because.");
    cs_buf_clear(&frames);
    frame('!', "\xff", 1);
    assert_null(read_frames(frames.len).reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),  cmocka_unit_test(test_malformed), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_reason), cmocka_unit_test(test_ceiling),
    };
    return test_run(tests);
}
