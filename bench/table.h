#pragma once
/*
 * table: the rows that are printed. A row of a load has its rate and latencies, how it compares
 * with a yardstick, and what limited it; other figures are a line of text. What has a goal is
 * printed again by table_goals().
 */
#include "load.h"

void table_title(const char *title);
void table_load_head(void);
/* ratio 0: none; it is the row itself that others are compared with */
void table_load(const char *what, int c, const struct load_result *r, double ratio,
                const char *limit);
void table_line(const char *what, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum table_want { AT_MOST, AT_LEAST };
void table_goal(const char *what, double figure, enum table_want want, double goal,
                const char *unit);
void table_goals(void); /* all of them, and whether they were reached */
