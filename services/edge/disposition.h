#pragma once
/* disposition: file names in Content-Disposition (RFC 6266), safe for any name people give. Pure. */
#include "base/arena.h"

/* attachment; filename="plain ascii"; filename*=UTF-8''every%20name */
const char *disposition_attachment(struct cs_arena *a, const char *name);
