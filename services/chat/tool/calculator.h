#pragma once
/*
 * calculator: the value of an arithmetic expression, for an agent. Numbers are doubles; there are + - * / % ^,
 * parentheses, pi, e, and some functions. Length and depth have limits. Pure; any thread.
 */
#include "base/arena.h"

enum { CALCULATOR_LENGTH = 1000, CALCULATOR_DEPTH = 64 };

/* The value as text, or NULL with the reason as a sentence. */
const char *calculator_value(struct cs_arena *a, const char *expression, const char **ret_why);
