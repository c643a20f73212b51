#pragma once
/*
 * pool: the subscriptions of a service, its queue and its workers. Internal.
 *
 * The delivery thread only answers pings, enqueues or sheds; a worker does the rest in a straight
 * line with its own database connection.
 */
#include "bus/service.h"

void cs_pool_start(const struct cs_service *s, int workers, int queue);
/* Subscribes: from here on calls come. 0 or -1 with a log line. */
int cs_pool_serve(void);
/* Takes nothing new and ends what was begun, also what is staged; false: not all within ms. */
bool cs_pool_stop(int64_t ms);
