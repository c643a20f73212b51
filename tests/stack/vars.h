#pragma once
/* vars: the names a transcript has captured, and $name replaced by value in text. */
#include "base/buf.h"

struct vars;

struct vars *vars_new(void);
void vars_free(struct vars *v);
const char *vars_get(const struct vars *v, const char *name); /* NULL when unset */
void vars_set(struct vars *v, const char *name, const char *value);
/* $name and ${name} become values; an unset name stays as it is. */
void vars_expand(const struct vars *v, const char *text, struct cs_buf *out);
