#pragma once
/* widget: the rules for a bot's widget that the options of its fields cannot express. Pure; any thread. */
#include "base/arena.h"
#include "chatsphere/v1/names.h"
#include "pbjson/pbjson.h"

/* w may be NULL. */
void widget_check(struct cs_arena *a, const Widget *w, struct pbjson_errors *errors);
