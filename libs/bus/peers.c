/* A fixed table of processes, each with the time of its last announcement. */
#include "bus/peers.h"

#include "base/clock.h"
#include "base/hash.h"
#include "nats/wire.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PEERS = 256, ALIVE_MS = 17 * 1000 };

static struct peer {
    const char *service; /* of the topology */
    char instance[CS_INSTANCE_SIZE];
    int64_t seen_ms; /* 0: free */
} peers[MAX_PEERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool peer_is(const struct peer *p, const char *service, const char *instance)
{
    return p->seen_ms && strcmp(p->service, service) == 0 && strcmp(p->instance, instance) == 0;
}

static struct peer *peer_slot(const char *service, const char *instance, int64_t now_ms)
{
    struct peer *spare = NULL;

    for (size_t i = 0; i < MAX_PEERS; i++) {
        if (peer_is(&peers[i], service, instance))
            return &peers[i];
        if (!spare && (!peers[i].seen_ms || now_ms - peers[i].seen_ms > ALIVE_MS))
            spare = &peers[i];
    }
    return spare;
}

void cs_peer_seen(const char *service, const char *instance, int64_t now_ms)
{
    const struct cs_node *node = cs_topology_find(service);

    if (!node || strlen(instance) != CS_INSTANCE_SIZE - 1)
        return;
    pthread_mutex_lock(&lock);
    struct peer *p = peer_slot(service, instance, now_ms);
    if (p) {
        p->service = node->service;
        snprintf(p->instance, sizeof(p->instance), "%s", instance);
        p->seen_ms = now_ms;
    }
    pthread_mutex_unlock(&lock);
}

void cs_peer_gone(const char *service, const char *instance)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (peer_is(&peers[i], service, instance))
            peers[i].seen_ms = 0;
    pthread_mutex_unlock(&lock);
}

bool cs_peer_choose(const char *service, const char *key, int64_t now_ms,
                    char ret[CS_INSTANCE_SIZE])
{
    const struct peer *best = NULL;
    uint64_t best_score = 0, seed = cs_hash(0, key);

    pthread_mutex_lock(&lock);
    for (const struct peer *p = peers; p < peers + MAX_PEERS; p++) {
        if (!p->seen_ms || now_ms - p->seen_ms > ALIVE_MS || strcmp(p->service, service) != 0)
            continue;
        uint64_t score = cs_hash(seed, p->instance);
        if (best && score <= best_score)
            continue;
        best = p;
        best_score = score;
    }
    if (best)
        snprintf(ret, CS_INSTANCE_SIZE, "%s", best->instance);
    pthread_mutex_unlock(&lock);
    return best != NULL;
}

static void on_alive(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    char instance[CS_INSTANCE_SIZE];
    (void)nc;
    (void)sub;
    (void)closure;

    if (natsMsg_GetDataLength(msg) == CS_INSTANCE_SIZE - 1) {
        snprintf(instance, sizeof(instance), "%.*s", CS_INSTANCE_SIZE - 1, natsMsg_GetData(msg));
        cs_peer_seen(natsMsg_GetSubject(msg) + sizeof(CS_CTL_ALIVE) - 1, instance, cs_mono_ms());
    }
    natsMsg_Destroy(msg);
}

void cs_peers_start(const struct cs_node *node)
{
    char subject[128];

    for (const char *const *c = node->calls; *c; c++) {
        snprintf(subject, sizeof(subject), CS_CTL_ALIVE "%s", *c);
        cs_bus_subscribe(subject, NULL, on_alive, NULL);
    }
}

void cs_peers_announce(void)
{
    char subject[128];

    snprintf(subject, sizeof(subject), CS_CTL_ALIVE "%s", cs_bus.node->service);
    cs_bus_publish(subject, cs_bus.instance, CS_INSTANCE_SIZE - 1);
}
