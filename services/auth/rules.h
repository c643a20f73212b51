#pragma once
/*
 * rules: what a username, an e-mail address and a scope may look like. Pure; any
 * thread. Each function returns NULL, or what would be right, as text for the caller.
 *
 * A username never has an @ and an address always has one, so no name can be taken for the other.
 */
#include <stdbool.h>

const char *rules_username(const char *s);
const char *rules_email(const char *s);
bool rules_scope(const char *s);
