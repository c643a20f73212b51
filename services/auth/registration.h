#pragma once
/*
 * registration: who can make an account. The mode is a setting of the platform; in the mode invite a
 * code is needed, which its staff create (invitation.c).
 */
#include "chatsphere/v1/names.h"

#include <stdbool.h>

/* Once, at start, before any worker runs; false: the word names no mode. */
bool registration_init(const char *mode);

/* NULL, or why nobody can register, or not without an invitation. Any thread. */
const char *registration_refusal(const char *invitation);
