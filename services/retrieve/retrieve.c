/* Checks of bot and document ids that all methods share. */
#include "retrieve/retrieve.h"

#include "base/id.h"

int retrieve_check_bot(struct cs_call *call, const char *bot)
{
    if (!call->tenant || !cs_id_valid(call->tenant))
        return cs_fail(call, CS_UNAUTHENTICATED, "a workspace is required");
    if (!cs_id_valid(bot))
        return cs_fail(call, CS_NOT_FOUND, "no such bot");
    return 0;
}

int retrieve_check_document(struct cs_call *call, const struct document *d)
{
    int r = retrieve_check_bot(call, d->bot);

    if (r)
        return r;
    if (!cs_id_valid(d->id))
        return cs_fail(call, CS_NOT_FOUND, "no such document");
    if (d->version < 0)
        return cs_fail_field(call, "version", "must not be negative");
    return 0;
}
