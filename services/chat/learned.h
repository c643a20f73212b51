#pragma once
/*
 * Learned: which parameters a model refused, so that it is not asked with them again. A hint: a
 * place is shared by few models, and lost with the process. Any thread.
 */
unsigned learned_of(const char *base_url, const char *model); /* bits of enum fault_about */
void learned_add(const char *base_url, const char *model, unsigned about);
