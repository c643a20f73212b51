/* Ranges of a list are walked from its beginning each time: a list is short. */
#include "ingest/pages.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 1000 * 1000 };

/* a number from 1 on, at most NUMBER_MAX; 0: there is none */
static int number_read(const char **p)
{
    char *end;
    long n = isdigit((unsigned char)**p) ? strtol(*p, &end, 10) : 0;

    if (n < 1 || n > NUMBER_MAX)
        return 0;
    *p = end;
    return (int)n;
}

int pages_next(const char *list, int page)
{
    const char *p = list;
    int last = 0;

    for (;;) {
        int first = number_read(&p), end = first;
        if (first > 0 && *p == '-') {
            p++;
            end = number_read(&p);
        }
        if (first <= last || end < first)
            return -1;
        if (end > page)
            return first > page ? first : page + 1;
        last = end;
        if (*p == '\0')
            return 0;
        if (*p++ != ',')
            return -1;
    }
}

int pages_count(const char *list)
{
    int n = 0, page = 0;

    while ((page = pages_next(list, page)) > 0)
        if (++n > PAGES_MAX)
            return -1;
    return page < 0 ? -1 : n;
}

void pages_add(struct cs_buf *list, int page)
{
    const char *number = list->data ? list->data + list->len : NULL;

    while (number && number > list->data && isdigit((unsigned char)number[-1]))
        number--;
    if (!number) {
        cs_buf_addf(list, "%d", page);
    } else if (strtol(number, NULL, 10) != page - 1) {
        cs_buf_addf(list, ",%d", page);
    } else if (number > list->data && number[-1] == '-') {
        list->len = (size_t)(number - list->data);
        cs_buf_addf(list, "%d", page);
    } else {
        cs_buf_addf(list, "-%d", page);
    }
}
