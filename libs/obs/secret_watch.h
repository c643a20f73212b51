#pragma once
/*
 * secret_watch: secrets that come from a file are read again when it changes, so that a key is rotated
 * without a restart. A program registers them at its start and then calls cs_secrets_check() every few
 * seconds, on one thread. The whole file is compared, because an orchestrator replaces files by links.
 */

/* load gets the new text and returns 0, or -1 with a log line when it cannot be used; then the old one stays in
 * force, and the same text is not tried again. A secret that is not given as a file is never read again. */
void cs_secret_watch(const char *name, int (*load)(const char *text));
void cs_secrets_check(void);
void cs_secrets_forget(void); /* at the end */
