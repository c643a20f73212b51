#pragma once
/*
 * Learned: which parameters a model refused, so that it is not asked with them again. A hint: a
 * place is shared by few models, and lost with the process. Any thread.
 */
#include "provider/chat_wire.h"

/* Of enum cs_chat_param, the one for which a request was refused; 0: none. */
unsigned learned_from(int status, const struct cs_fault *f);

unsigned learned_of(const char *base_url, const char *model); /* bits of enum cs_chat_param */
void learned_add(const char *base_url, const char *model, unsigned about);
