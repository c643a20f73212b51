/* call: whether a call is over, and who its caller is. */
#include "bus/call.h"

#include "base/clock.h"
#include "bus/call_state.h"
#include "bus/stop.h"

#include <string.h>

bool cs_cancelled(struct cs_call *call)
{
    if (call->state && atomic_load(&call->state->cancelled))
        return true;
    if (call->state && call->state->background && cs_stopping())
        return true;
    return call->deadline_ms != 0 && cs_mono_ms() >= call->deadline_ms;
}

bool cs_has_role(const struct cs_call *call, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = call->roles; p && *p; p += *p == ',') {
        size_t len = strcspn(p, ",");
        if (len == n && strncmp(p, word, n) == 0)
            return true;
        p += len;
    }
    return false;
}

const char *cs_principal_id(const struct cs_call *call, const char *kind)
{
    size_t n = strlen(kind);

    if (!call->principal || strncmp(call->principal, kind, n) != 0 || call->principal[n] != ':')
        return NULL;
    return call->principal + n + 1;
}
