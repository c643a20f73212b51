/* For each condition a count of the loops in which it does not hold. */
#include "edge/ready.h"

#include "obs/admin.h"

#include <pthread.h>

static const char *const names[READY_PARTS] = {
    [READY_BUS] = "bus",
    [READY_KEYS] = "keys of auth",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int missing[READY_PARTS];

static void ready_report(enum ready_part part)
{
    cs_ready_set(names[part], missing[part] == 0);
}

void ready_begin(int loops)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < READY_PARTS; i++) {
        missing[i] = loops;
        ready_report((enum ready_part)i);
    }
    pthread_mutex_unlock(&lock);
}

void ready_change(enum ready_part part, bool ok)
{
    pthread_mutex_lock(&lock);
    missing[part] += ok ? -1 : 1;
    ready_report(part);
    pthread_mutex_unlock(&lock);
}
