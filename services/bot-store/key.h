#pragma once
/*
 * key: provider keys, sealed for their tenant, bot and provider. They are opened only for a
 * context that chat or embed has signed. Start once; then any worker. The seal keys are loaded anew when
 * their file changes; each call sees the old ones or the new ones.
 */
int key_start(const char *seal_keys); /* 0, or -1 with a log line */
void key_stop(void);
