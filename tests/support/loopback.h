#pragma once
/*
 * loopback: an h2o server on 127.0.0.1 with one handler, for the programs that stand in for a
 * provider or a collector. One thread.
 *
 *     static struct loopback server;
 *     loopback_init(&server);
 *     server.conf.max_request_entity_size = MAX_BODY;
 *     return loopback_run(&server, argv[1], on_request);
 */
#include <h2o.h>

struct loopback {
    h2o_globalconf_t conf;
    h2o_context_t ctx; /* there when a request is */
};

void loopback_init(struct loopback *s);
/* Port "0": any. It is printed as the first line. Serves until it is killed; the exit status. */
int loopback_run(struct loopback *s, const char *port, int (*on_req)(h2o_handler_t *, h2o_req_t *));
/* Calls fn in ms; the timer must live until then, or be unlinked. h2o 2.2 has one list of timers a duration, so there are
 * few durations. */
void loopback_later(h2o_loop_t *loop, h2o_timeout_entry_t *timer, int ms, h2o_timeout_cb fn);
