#pragma once
/*
 * peers: which processes of the services we call are alive, from what they announce each five seconds on
 * chatsphere.ctl.alive.<service>. Any thread. Internal.
 */
#include "nats/bus.h"

void cs_peers_start(const struct cs_node *node); /* subscribes */
void cs_peers_announce(void);                    /* that we are alive */

void cs_peer_seen(const char *service, const char *instance, int64_t now_ms);
void cs_peer_gone(const char *service, const char *instance);
/* The live instance that key hashes to; false: none is known. */
bool cs_peer_choose(const char *service, const char *key, int64_t now_ms,
                    char ret[CS_INSTANCE_SIZE]);
