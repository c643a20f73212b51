/* Any bytes in any encoding as plain text: what is decoded is valid UTF-8 without zero bytes, and is read. */
#include "reader.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_decoded(const char *text, size_t len)
{
    if (text[len] != '\0')
        reader_fail("a text that is not terminated");
}

static void check_named(struct cs_arena *a, const char *data, size_t size)
{
    static const char *const names[] = {"ISO-2022-JP", "UTF-7", "GB18030", "no-such-charset"};
    size_t len = 0;
    const char *text = source_convert(a, names[size % 4], data, size, &len);

    if (!text)
        return;
    check_decoded(text, len);
    if (cs_utf8_check(text, len) != len)
        reader_fail("a text that is not UTF-8");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;
    size_t inflated = 0;

    cs_arena_init(&a);
    struct source s = reader_source(&a, (const char *)data, size, &inflated);
    check_named(&a, s.data, size);
    if (source_decode(&s, false) || source_decode(&s, true)) {
        check_decoded(s.text, s.text_len);
        reader_check(plain_read, &s);
    }
    cs_arena_dispose(&a);
    return 0;
}
