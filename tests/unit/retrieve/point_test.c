/* Sizes, ids and numbers of points. */
#include "test.h"

#include "retrieve/kernel.h"
#include "retrieve/vector/point.h"

#include <math.h>

static void sizes_have_room(void **state)
{
    (void)state;
    for (uint32_t dims = 1; dims <= 4096; dims++) {
        uint32_t size = point_size(dims);
        assert_true(size >= dims);
        assert_true(point_size_below(size) < dims);
    }
    assert_int_equal(point_size(1536), 1536);
    assert_int_equal(point_size(1), 128);
}

static void every_half_is_written_as_it_is(void **state)
{
    char text[POINT_NUMBER_MAX * 2], *end;

    (void)state;
    for (uint32_t h = 0; h <= UINT16_MAX; h++) {
        uint16_t half = (uint16_t)h;
        if (!half_finite(half))
            continue;
        end = point_halves(text, &half, 1, 1);
        *end = '\0';
        assert_true(end - text < POINT_NUMBER_MAX);
        if (fabs(strtod(text, &end) - (double)half_to_float(half)) > 0.5001e-7 || *end)
            fail_msg("half %04x is written as %s", h, text);
    }
}

static void zeros_fill_a_point(void **state)
{
    char text[64];

    (void)state;
    *point_floats(text, (const float[]){0.5F, -1}, 2, 5) = '\0';
    assert_string_equal(text, "0.5,-1,0,0,0");
}

static void ids_differ_by_each_part(void **state)
{
    const struct vector_segment s = {.tenant = "t", .document = "d", .version = 1, .space = "s"};
    struct vector_segment other[4] = {s, s, s, s};
    char id[CS_ID_SIZE], again[CS_ID_SIZE];

    (void)state;
    other[0].tenant = "u";
    other[1].document = "e";
    other[2].version = 2;
    other[3].space = "z";
    point_uuid(id, &s, 3);
    assert_true(cs_id_valid(id));
    point_uuid(again, &s, 3);
    assert_string_equal(id, again);
    point_uuid(again, &s, 4);
    assert_string_not_equal(id, again);
    for (size_t i = 0; i < LEN(other); i++) {
        point_uuid(again, &other[i], 3);
        assert_string_not_equal(id, again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_have_room),
        cmocka_unit_test(every_half_is_written_as_it_is),
        cmocka_unit_test(zeros_fill_a_point),
        cmocka_unit_test(ids_differ_by_each_part),
    };

    return test_run(tests);
}
