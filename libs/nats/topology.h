#pragma once
/*
 * topology: the one list of services, and which methods of others each may call. NATS permissions are made
 * from this table and from nothing else (nats/nkey.h), and a client refuses a call that is not in it.
 * `chatsphere topology` prints it for the tools: what is started, in which order, with what secrets.
 */
#include <stdbool.h>
#include <stddef.h>

/* A secret that a service reads: CHATSPHERE_<setting>_FILE names a file of `chatsphere secrets`. */
struct cs_node_secret {
    const char *setting; /* SIGN_KEY */
    const char *file;    /* sign-edge.key; NULL ends a list */
};

struct cs_node {
    const char *service;      /* subject token: bot_store */
    const char *program;      /* chatsphere-bot-store */
    const char *const *calls; /* "bot_store.get_bot"; NULL-terminated; tests/calls compares */
    const char *const *publish, *const *subscribe; /* besides what every service has */
    const char *const
        *reacts; /* events it consumes: "bot.deleted", "bot.*" or ">"; see cs_event_filter() */
    const struct cs_node_secret
        *secrets;    /* SIGN_KEY if a call of it is signed, SIGN_PUB if it is called, others */
    bool has_schema; /* owns a PostgreSQL schema of its name */
    bool has_jobs;   /* consumes chatsphere.job.v1.<service>.> as durable <service> */
};

extern const struct cs_node cs_topology[]; /* edge first, then in order of start; ends with {0} */
const struct cs_node *cs_topology_find(const char *service);
/* The program's name without chatsphere-, as the local stack calls its processes: bot-store. */
const char *cs_node_process(const struct cs_node *node);
/* The file of a secret it reads; NULL: it reads none of that name. */
const char *cs_node_secret(const struct cs_node *node, const char *setting);
/* method NULL: any method of the service. */
bool cs_topology_may_call(const struct cs_node *caller, const char *service, const char *method);
