/* calculator: values, and what is refused with a reason. */
#include "test.h"

#include "chat/tool/calculator.h"

static void is(const char *expression, const char *expected)
{
    const char *why, *value = calculator_value(&arena, expression, &why);

    assert_string_equal(value ? value : why, expected);
}

static void test_values(void **state)
{
    (void)state;
    is("6 * 7", "42");
    is(" (2 + 3) * 4 - -1 ", "21");
    is("2^3^2", "512");
    is("-2^2", "-4");
    is("2**10", "1024");
    is("10 % 4", "2");
    is("0.1 + 0.2", "0.3");
    is("7 / 2", "3.5");
    is("1e3", "1000");
    is("sqrt(16) + max(1, 2, 3) * min(4, 5)", "16");
    is("round(2.5) + floor(-0.5) + ABS(-3)", "5");
    is("ln(e) + log(100) + cos(0)", "4");
    is("pi", "3.14159265358979");
    is("-0", "0");
    is("1e200", "1e+200");
}

static void test_what_is_no_expression(void **state)
{
    (void)state;
    is("", "A number is expected at character 1.");
    is("1 +", "A number is expected at character 4.");
    is("(1", "A ) is expected at character 3.");
    is("1 2", "An operator is expected at character 3.");
    is("system(1)", "A number or a known function is expected before the text at character 7.");
    is("1 / 0", "There is a division by zero at character 6.");
    is("10 ^ 400", "The value is not a finite number.");
    is("0x10", "A decimal number is expected at character 1.");
    is("sqrt(-1)", "The value is not a finite number.");
}

static void test_limits(void **state)
{
    static char deep[CALCULATOR_LENGTH + 2];
    const char *why;

    (void)state;
    memset(deep, '(', 900);
    assert_null(calculator_value(&arena, deep, &why));
    assert_non_null(strstr(why, "nested too deeply"));
    memset(deep, '-', 900);
    assert_null(calculator_value(&arena, deep, &why));
    memset(deep, '1', CALCULATOR_LENGTH + 1);
    is(deep, "The expression is longer than 1,000 characters.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_is_no_expression),
        cmocka_unit_test(test_limits),
    };

    return test_run(tests);
}
