#pragma once
/*
 * price: what tokens of a model cost, by the table of the setting PRICES. Prices are read once; then any thread.
 */
#include <stdbool.h>
#include <stdint.h>

/* An item of the setting: openai/gpt-4o-mini=0.15:0.6, in US dollars for a million tokens of the prompt and of the
 * answer; a name may end in *, and the first item that fits counts. */
bool price_valid(const char *item);
void price_start(const char *items); /* NULL: no model has a price */
void price_stop(void);
/* False: the model has no price. */
bool price_of(const char *provider, const char *model, int64_t prompt_tokens,
              int64_t completion_tokens, double *ret);
