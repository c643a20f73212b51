/* The ring of keys, and the boxes of webhooks and subscriptions. */
#include "events/seal.h"

#include "base/log.h"
#include "crypto/crypto.h"

#include <string.h>

static struct cs_seal_ring ring;

int seal_start(const char *keys)
{
    if (cs_seal_ring_parse(keys, &ring))
        return 0;
    cs_log(CS_ERROR, "a setting is wrong", "setting", "CHATSPHERE_SEAL_KEY", "reason",
           "must be lines of base64url of 32 bytes", NULL);
    return -1;
}

void seal_stop(void)
{
    explicit_bzero(&ring, sizeof(ring));
}

void *seal(struct cs_arena *a, const char *tenant, const char *id, const char *secret,
           size_t *ret_len)
{
    return cs_seal(a, cs_seal_ring_newest(&ring), cs_printf(a, "%s/%s", tenant, id), secret,
                   ret_len);
}

char *unseal(struct cs_arena *a, const char *tenant, const char *id, const void *box, size_t len)
{
    return cs_unseal(a, &ring, cs_printf(a, "%s/%s", tenant, id), box, len);
}
