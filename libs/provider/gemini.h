#pragma once
/* gemini: what both wires of Gemini know of its addresses. Pure; any thread. */
#include "base/arena.h"

/* The model without the folder that it has in the API: users write it with and without. */
const char *cs_gemini_model(const char *model);
/* /models/<model>:<method>, escaped. */
const char *cs_gemini_path(struct cs_arena *a, const char *model, const char *method);
