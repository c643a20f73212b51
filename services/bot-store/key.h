#pragma once
/*
 * key: provider keys, sealed for their tenant, bot and provider. They are opened only for a
 * context that the edge or embed has signed. Start once; then any worker.
 */
int key_start(const char *seal_key); /* 0, or -1 with a log line */
void key_stop(void);
