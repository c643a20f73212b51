#pragma once
/*
 * edge: what a loop has (struct edge, its thread only) and what all loops share (struct
 * edge_shared, constant after the start, except for the limits, which lock).
 */
#include "edge/address.h"
#include "edge/bus/bridge.h"
#include "edge/cors.h"
#include "edge/limit.h"
#include "edge/pages.h"
#include "base/list.h"

#include "crypto/context.h"

struct keys;
struct channels;
struct tokens;

struct edge_shared {
    char id[16]; /* of this process, in subjects */
    struct cs_signer *signer;
    struct limits *limits;
    struct cors cors;
    struct address_proxies proxies;
    const char *web_dir;
    struct pages pages; /* empty when they are not built */
    const char *openapi;
    size_t openapi_len;
    struct bridge_settings bus;
    double trace_share; /* of the traces begun here, how many are sampled */
};

struct edge {
    const struct edge_shared *shared;
    struct http_loop *http;
    struct bridge *bridge;
    struct keys *keys;
    struct tokens *tokens;
    struct list streams;       /* stream.c */
    struct list feeds;         /* feed.c */
    struct list hashing;       /* upload.c */
    struct list sockets;       /* socket.c */
    struct channels *channels; /* channel.c */
    bool leaving;              /* the process stops */
    struct cs_arena scratch;   /* for one frame */
};

extern struct edge_shared edge_shared;

int edge_start(void); /* settings are loaded; 0, or -1 with a log line */
void edge_stop(void);
