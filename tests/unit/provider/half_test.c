/* half: reference values of IEEE 754 binary16, and every half there and back. */
#include "test.h"

#include <math.h>

#include "provider/half.h"

static void test_reference(void **state)
{
    static const struct {
        float f;
        uint16_t h;
    } is[] = {
        {0.0F, 0x0000},
        {-0.0F, 0x8000},
        {1.0F, 0x3c00},
        {-2.0F, 0xc000},
        {0.5F, 0x3800},
        {0.333251953125F, 0x3555},
        {1.0F / 3, 0x3555},
        {65504.0F, 0x7bff},
        {65519.996F, 0x7bff},
        {65520.0F, 0x7c00}, /* a tie, and its even neighbour is infinity */
        {1e10F, 0x7c00},
        {-1e10F, 0xfc00},
        {6.103515625e-05F, 0x0400}, /* smallest normal */
        {6.097555160522461e-05F, 0x03ff},
        {5.960464477539063e-08F, 0x0001}, /* smallest of all */
        {2.980232238769531e-08F, 0x0000}, /* half of it: a tie to even */
        {2.980233e-08F, 0x0001},
        {1.00048828125F, 0x3c00}, /* ties to even */
        {1.00146484375F, 0x3c02},
        {1.0004884F, 0x3c01},
        {0.99999F, 0x3c00}, /* carries into the exponent */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(is) / sizeof(*is); i++)
        if (cs_half_of(is[i].f) != is[i].h)
            fail_msg("%.12g is %04x, not %04x", (double)is[i].f, is[i].h, cs_half_of(is[i].f));
    assert_int_equal(cs_half_of(INFINITY), 0x7c00);
    assert_true(isnan(cs_half_float(cs_half_of(NAN))));
}

static void test_round_trip(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 0x10000; h++) {
        float f = cs_half_float((uint16_t)h);
        if (!isnan(f))
            assert_int_equal(cs_half_of(f), h);
    }
}

static void test_pack(void **state)
{
    float v[] = {3, 0, -4}, zero[3] = {0}, bad[] = {1, NAN, 1};
    unsigned char out[6], want[] = {0xcd, 0x38, 0, 0, 0x66, 0xba}; /* 0.6, 0, -0.8 */

    (void)state;
    assert_true(cs_half_pack(v, 3, out));
    assert_memory_equal(out, want, 6);
    assert_false(cs_half_pack(zero, 3, out));
    assert_false(cs_half_pack(bad, 3, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_pack),
    };
    return test_run(tests);
}
