#pragma once
/* settings: what every service has, and the rows of its own. Internal. */
#include "bus/service.h"
#include "nats/topology.h"

/* False with a message on standard error. With --help prints them and exits. */
bool cs_settings_load(const struct cs_service *s, const struct cs_node *node, int argc,
                      char **argv);
