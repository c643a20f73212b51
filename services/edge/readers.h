#pragma once
/*
 * readers: how many turns a workspace follows at a time in this process, beside those that it began. Any thread.
 */
#include <stdbool.h>
#include <stddef.h>

enum { READERS_RETRY_MS = 2000 };

void readers_limit(size_t n); /* of a workspace; before the first */
bool readers_enter(const char *tenant);
void readers_leave(const char *tenant);
