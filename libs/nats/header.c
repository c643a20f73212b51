/* Headers of a message, and whether there are few enough to look into them. */
#include "nats/bus.h"

/*
 * Of nats.c, which exports it without a header: before anything has parsed the headers, their bytes as they came.
 * Weak, for a version that does not.
 */
int natsMsgHeader_encodedLen(natsMsg *msg) __attribute__((weak));

bool cs_bus_headers_fit(natsMsg *msg)
{
    return !natsMsgHeader_encodedLen || natsMsgHeader_encodedLen(msg) <= CS_HEADERS_MAX;
}

const char *cs_bus_header(natsMsg *msg, const char *name)
{
    const char *value = NULL;

    return natsMsgHeader_Get(msg, name, &value) == NATS_OK ? value : NULL;
}
