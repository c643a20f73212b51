/* Rows printed in columns, with the goals collected for the end. */
#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

enum { MAX_GOALS = 32 };

struct goal {
    const char *what, *unit;
    double figure, goal;
    enum table_want want;
};
static struct goal goals[MAX_GOALS];
static int n_goals;

void table_title(const char *title)
{
    printf("\n== %s\n", title);
    fflush(stdout);
}

void table_load_head(void)
{
    printf("%-34s %5s %8s %8s %8s %7s %6s  %s\n", "", "at", "1/s", "p50 ms", "p99 ms", "ratio",
           "errors", "who was busy");
}

void table_load(const char *what, int c, const struct load_result *r, double ratio,
                const char *limit)
{
    char text[16] = "";

    if (ratio > 0)
        snprintf(text, sizeof(text), "%.2f", ratio);
    printf("%-34s %5d %8.0f %8.2f %8.2f %7s %6ld  %s\n", what, c, (double)r->n / r->seconds,
           load_quantile(r->latency_ms, r->n, 0.5), load_quantile(r->latency_ms, r->n, 0.99), text,
           r->errors, limit);
    if (r->errors)
        printf("    an error: %.120s\n", r->error_sample);
    fflush(stdout);
}

void table_line(const char *what, const char *fmt, ...)
{
    va_list ap;

    printf("%-34s ", what);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    fflush(stdout);
}

void table_goal(const char *what, double figure, enum table_want want, double goal,
                const char *unit)
{
    if (n_goals < MAX_GOALS)
        goals[n_goals++] = (struct goal){what, unit, figure, goal, want};
}

void table_goals(void)
{
    if (n_goals == 0)
        return;
    table_title("goals");
    for (int i = 0; i < n_goals; i++) {
        const struct goal *g = &goals[i];
        bool met = g->want == AT_MOST ? g->figure <= g->goal : g->figure >= g->goal;
        printf("%-50s %9.2f %-8s %s %7.2f  %s\n", g->what, g->figure, g->unit,
               g->want == AT_MOST ? "at most " : "at least", g->goal, met ? "reached" : "MISSED");
    }
}
