/* safetensors: numbers of every type, and files that lie. */
#include "test.h"

#include <unistd.h>

#include "embed/local/safetensors.h"
#include "tiny_model.h"

static char folder[] = "/tmp/safetensors-XXXXXX", path[64];

static const char *opened(const char *header, const void *data, size_t len)
{
    const char *why;

    tiny_safetensors(folder, header, data, len);
    struct safetensors *s = safetensors_open(&arena, path, &why);
    safetensors_close(s);
    return s ? NULL : why;
}

static void test_types(void **state)
{
    static const unsigned char data[] = {0,    0,    0x80, 0x3f, 0, 0, 0x20, 0xc0, /* 1 -2.5 */
                                         0x00, 0x3c, 0x00, 0xc1,                   /* 1 -2.5 */
                                         0x80, 0x3f, 0x20, 0xc0,                   /* 1 -2.5 */
                                         0x01, 0xfe};                              /* 1 -2 */
    static const char *const names[] = {"f32", "f16", "bf16", "i8"};
    const char *why;

    (void)state;
    tiny_safetensors(folder,
                     "{\"__metadata__\":{\"format\":\"pt\"},"
                     "\"f32\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                     "\"f16\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[8,12]},"
                     "\"bf16\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[12,16]},"
                     "\"i8\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[16,18]},"
                     "\"i64\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[18,18]}}",
                     data, sizeof(data));
    struct safetensors *s = safetensors_open(&arena, path, &why);
    assert_non_null(s);
    for (size_t i = 0; i < LEN(names); i++) {
        const float *f = tensor_floats(&arena, safetensors_find(s, names[i]));
        assert_true(f[0] > 0.99F && f[0] < 1.01F);
        assert_true(f[1] <= -2 && f[1] >= -2.5F);
    }
    assert_null(tensor_floats(&arena, safetensors_find(s, "i64")));
    assert_null(safetensors_find(s, "none"));
    safetensors_close(s);
}

static void test_lies(void **state)
{
    static const struct {
        const char *header, *why;
    } cases[] = {
        {"[]", "Its header is no JSON object of at most 10,000 tensors."},
        {"{", "Its header is no JSON object of at most 10,000 tensors."},
        {"{\"t\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}",
         "The tensor t has an unknown dtype."},
        {"{\"t\":7}", "The tensor t has an unknown dtype."},
        {"{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
         "The tensor t has no shape of at most 4 dimensions."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]}}",
         "The tensor t has no shape of at most 4 dimensions."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
         "The tensor t has a shape that is too large."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[2000000000,2000000000,2000000000],\"data_offsets\":["
         "0,4]}}",
         "The tensor t has a shape that is too large."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
         "The tensor t has data_offsets outside the file."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
         "The tensor t has data_offsets outside the file."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
         "The tensor t has data_offsets outside the file."},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
         "The tensor t has data_offsets that do not fit its shape."},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
         "The tensors a and b overlap."},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *why = opened(cases[i].header, "12345678", 8);
        if (!why || strcmp(why, cases[i].why) != 0)
            fail_msg("%s: %s", cases[i].header, why ? why : "taken");
    }
}

static void test_lengths(void **state)
{
    static const unsigned char longer[16] = {9}, longest[16] = {0, 0, 0, 0, 0, 0, 0, 0xff};
    const char *why;

    (void)state;
    tiny_file(folder, "model.safetensors", longer, 16);
    assert_null(safetensors_open(&arena, path, &why));
    assert_string_equal(why, "Its header is longer than 1 MiB or than the file.");
    tiny_file(folder, "model.safetensors", longest, 16);
    assert_null(safetensors_open(&arena, path, &why));
    tiny_file(folder, "model.safetensors", longer, 7);
    assert_null(safetensors_open(&arena, path, &why));
    assert_string_equal(why, "It is no file of 8 bytes to 2 GiB.");
    assert_null(safetensors_open(&arena, "/tmp/no/such/file", &why));
    assert_string_equal(why, "It cannot be read: No such file or directory.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_lengths),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    int r = test_run(tests);
    unlink(path);
    rmdir(folder);
    return r;
}
