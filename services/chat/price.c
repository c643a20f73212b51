/* The items of the setting in their order: a table that has few rows. */
#include "chat/price.h"

#include "base/grow.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 160, PER = 1000 * 1000 /* tokens */ };

struct price {
    char name[NAME_SIZE]; /* provider/model */
    double prompt, completion;
};

static struct price *prices;
static uint32_t n_prices, room;

static bool price_parse(const char *item, struct price *ret)
{
    const char *equals = strrchr(item, '=');
    size_t n = equals ? (size_t)(equals - item) : 0;
    int used = 0;

    if (n == 0 || n >= sizeof(ret->name) || !memchr(item, '/', n) ||
        sscanf(equals + 1, "%lf:%lf%n", &ret->prompt, &ret->completion, &used) != 2 ||
        equals[1 + used] || !isfinite(ret->prompt) || !isfinite(ret->completion))
        return false;
    memcpy(ret->name, item, n);
    ret->name[n] = '\0';
    return ret->prompt >= 0 && ret->completion >= 0;
}

bool price_valid(const char *item)
{
    struct price p;

    return price_parse(item, &p);
}

void price_start(const char *items)
{
    char *copy = items ? strdup(items) : NULL, *rest = copy, *item;
    struct price p;

    while ((item = strsep(&rest, ", \t\r\n")))
        if (price_parse(item, &p)) {
            prices = grow(prices, &room, n_prices + 1, sizeof(*prices));
            prices[n_prices++] = p;
        }
    free(copy);
}

void price_stop(void)
{
    free(prices);
    prices = NULL;
    n_prices = room = 0;
}

bool price_of(const char *provider, const char *model, int64_t prompt_tokens,
              int64_t completion_tokens, double *ret)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof(name), "%s/%s", provider, model);
    for (size_t i = 0; i < n_prices; i++)
        if (fnmatch(prices[i].name, name, 0) == 0) {
            *ret = ((double)prompt_tokens * prices[i].prompt +
                    (double)completion_tokens * prices[i].completion) /
                   PER;
            return true;
        }
    return false;
}
