#pragma once
/*
 * seen: the pages that show the widget of a bot, as far as this process knows. The widget asks for its
 * settings with each page load, and one note in SEEN_MS is enough. Any thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum { SEEN_MS = 10 * 60 * 1000 };

/* Whether the origin of a bot was not noted in the last SEEN_MS; notes it. */
bool seen_due(const char *bot, const char *origin, int64_t now_ms);
