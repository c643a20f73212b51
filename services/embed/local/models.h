#pragma once
/*
 * models: the folder of models that CHATSPHERE_MODELS names, a sub-folder each. A model is opened when it
 * is first used and stays; one that cannot be opened is tried again after a while. Any thread.
 */
#include "embed/local/model.h"

enum { MODELS_MAX = 16, MODEL_NAME_MAX = 64 };

struct cs_call;

/* folder NULL: there are no models. */
void models_start(const char *folder);
void models_stop(void);

/* Negative with the problem when it is none of the models, or is broken; the reason is logged. */
int models_get(struct cs_call *call, const char *name, const struct model **ret);
