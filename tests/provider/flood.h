#pragma once
/*
 * flood: what a hostile provider sends in place of an answer, until the client leaves. A thread for
 * each writes to the socket past h2o, which waits for an answer that never comes.
 */
#include <h2o.h>

enum { FLOOD_KINDS = 11 }; /* 1 to that */

void flood_start(h2o_req_t *req, int kind);
