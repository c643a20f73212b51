#pragma once
/*
 * spent: keys whose allowance a provider reported as used up, so that it is not asked in vain by the same bot for half a minute. A hint: lost
 * with the process, and a place is shared by few keys. Any thread.
 */
#include "provider/access.h"

void spent_add(const char *bot, const struct cs_access *access, const char *model);
bool spent_is(const char *bot, const struct cs_access *access, const char *model);
