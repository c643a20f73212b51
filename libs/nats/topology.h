#pragma once
/*
 * topology: which services there are and whom each may call. NATS permissions are made from this
 * table and from nothing else (nats/nkey.h), and a client refuses a call that is not in it.
 */
#include <stdbool.h>
#include <stddef.h>

struct cs_node {
    const char *service;                           /* subject token: bot_store */
    const char *program;                           /* chatsphere-bot-store */
    const char *const *calls;                      /* services it calls; NULL-terminated */
    const char *const *publish, *const *subscribe; /* besides what every service has */
    const char *const
        *reacts;     /* events it consumes: "bot.deleted"; durable <service>_bot_deleted */
    bool has_schema; /* owns a PostgreSQL schema of its name */
    bool has_jobs;   /* consumes chatsphere.job.v1.<service>.> as durable <service> */
};

extern const struct cs_node cs_topology[]; /* edge first; ends with {0} */
const struct cs_node *cs_topology_find(const char *service);
bool cs_topology_may_call(const struct cs_node *caller, const char *service);
