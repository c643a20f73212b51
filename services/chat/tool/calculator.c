/* A parser by recursive descent, with a ceiling on its depth. */
#include "chat/tool/calculator.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where the reading of an expression is; `why` is set once it fails. */
struct calculation {
    struct cs_arena *arena;
    const char *begin, *at;
    int depth;
    const char *why;
};

static double sum_value(struct calculation *c);
static double unary_value(struct calculation *c);

static double calculation_fail(struct calculation *c, const char *what)
{
    if (!c->why)
        c->why = cs_printf(c->arena, "%s at character %d.", what, (int)(c->at - c->begin) + 1);
    return 0;
}

/* Whether the text goes on with the word, which is skipped then. */
static bool calculation_next(struct calculation *c, const char *word)
{
    size_t n = strlen(word);

    while (isspace((unsigned char)*c->at))
        c->at++;
    if (c->why || strncmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

static double round_half_up(double x)
{
    return floor(x + 0.5);
}

static double function_value(struct calculation *c, const char *name, size_t len)
{
    static const struct {
        const char *name;
        double (*of_one)(double);
        double (*of_two)(double, double);
    } functions[] = {
        {"abs", fabs, NULL},
        {"ceil", ceil, NULL},
        {"cos", cos, NULL},
        {"exp", exp, NULL},
        {"floor", floor, NULL},
        {"ln", log, NULL},
        {"log", log10, NULL},
        {"max", NULL, fmax},
        {"min", NULL, fmin},
        {"pow", NULL, pow},
        {"round", round_half_up, NULL},
        {"sin", sin, NULL},
        {"sqrt", sqrt, NULL},
        {"tan", tan, NULL},
    };
    size_t i = 0, n = sizeof(functions) / sizeof(functions[0]);

    while (i < n &&
           (strlen(functions[i].name) != len || strncasecmp(functions[i].name, name, len) != 0))
        i++;
    if (i == n)
        return calculation_fail(c, "A number or a known function is expected before the text");
    if (!calculation_next(c, "("))
        return calculation_fail(c, "A ( is expected");
    double value = sum_value(c);
    if (functions[i].of_one)
        value = functions[i].of_one(value);
    while (functions[i].of_two && calculation_next(c, ","))
        value = functions[i].of_two(value, sum_value(c));
    if (!calculation_next(c, ")"))
        return calculation_fail(c, "A ) is expected");
    return value;
}

static double word_value(struct calculation *c)
{
    const char *word = c->at;
    size_t n;

    while (isalpha((unsigned char)*c->at))
        c->at++;
    n = (size_t)(c->at - word);
    if (n == 2 && strncasecmp(word, "pi", 2) == 0)
        return M_PI;
    if (n == 1 && (*word == 'e' || *word == 'E'))
        return M_E;
    return function_value(c, word, n);
}

static double number_value(struct calculation *c)
{
    char *end = NULL;
    double value;

    if (c->at[0] == '0' && (c->at[1] == 'x' || c->at[1] == 'X'))
        return calculation_fail(c, "A decimal number is expected");
    value = strtod(c->at, &end);
    c->at = end;
    return value;
}

static double atom_value(struct calculation *c)
{
    double value;

    if (calculation_next(c, "(")) {
        value = sum_value(c);
        if (!calculation_next(c, ")"))
            return calculation_fail(c, "A ) is expected");
        return value;
    }
    if (isdigit((unsigned char)*c->at) || *c->at == '.')
        return number_value(c);
    if (isalpha((unsigned char)*c->at))
        return word_value(c);
    return calculation_fail(c, "A number is expected");
}

/* Powers bind from the right, and stronger than a sign before them. */
static double power_value(struct calculation *c)
{
    double base = atom_value(c);

    if (calculation_next(c, "**") || calculation_next(c, "^"))
        return pow(base, unary_value(c));
    return base;
}

static double unary_value(struct calculation *c)
{
    double value;

    if (++c->depth > CALCULATOR_DEPTH)
        return calculation_fail(c, "The expression is nested too deeply");
    if (calculation_next(c, "-"))
        value = -unary_value(c);
    else if (calculation_next(c, "+"))
        value = unary_value(c);
    else
        value = power_value(c);
    c->depth--;
    return value;
}

static double product_value(struct calculation *c)
{
    double value = unary_value(c);

    while (!c->why) {
        if (calculation_next(c, "*")) {
            value *= unary_value(c);
            continue;
        }
        bool quotient = calculation_next(c, "/");
        if (!quotient && !calculation_next(c, "%"))
            break;
        double by = unary_value(c);
        if (by == 0)
            return calculation_fail(c, "There is a division by zero");
        value = quotient ? value / by : fmod(value, by);
    }
    return value;
}

static double sum_value(struct calculation *c)
{
    double value = product_value(c);

    while (!c->why) {
        if (calculation_next(c, "+"))
            value += product_value(c);
        else if (calculation_next(c, "-"))
            value -= product_value(c);
        else
            break;
    }
    return value;
}

const char *calculator_value(struct cs_arena *a, const char *expression, const char **ret_why)
{
    struct calculation c = {.arena = a, .begin = expression, .at = expression};
    double value;

    *ret_why = NULL;
    if (strlen(expression) > CALCULATOR_LENGTH) {
        *ret_why = "The expression is longer than 1,000 characters.";
        return NULL;
    }
    value = sum_value(&c);
    calculation_next(&c, ""); /* skips blanks */
    if (!c.why && *c.at)
        calculation_fail(&c, "An operator is expected");
    if (!c.why && !isfinite(value))
        c.why = "The value is not a finite number.";
    *ret_why = c.why;
    if (c.why)
        return NULL;
    if (value == floor(value) && fabs(value) < 1e15)
        return cs_printf(a, "%.0f", value + 0.0);
    return cs_printf(a, "%.15g", value);
}
