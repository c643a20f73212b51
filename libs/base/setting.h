#pragma once
/* setting: the formats of the kinds of struct cs_env, and whether a value has the format of its row. Any thread. */
#include "base/env.h"

/* The format as words such as "one of debug, info", in `out` or constant; NULL: any text. */
const char *cs_setting_format(const struct cs_env *t, char *out, size_t size);

/* NULL when the value has the format of the row; otherwise the wrong value, or the wrong word of a
 * list, which is written to `part`. */
const char *cs_setting_wrong(const struct cs_env *t, const char *value, char *part, size_t size);
