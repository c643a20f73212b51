/* Checks of bot and document ids that all methods share. */
#include "retrieve/retrieve.h"

#include "base/id.h"

int retrieve_check_bot(struct cs_call *call, const char *bot)
{
    if (!call->tenant || !cs_id_valid(call->tenant))
        return cs_fail(call, CS_UNAUTHENTICATED, "A workspace is required.");
    if (!cs_id_valid(bot))
        return cs_fail(call, CS_NOT_FOUND, "The bot does not exist.");
    return 0;
}

int retrieve_check_document(struct cs_call *call, const struct document *d)
{
    int r = retrieve_check_bot(call, d->bot);

    if (r)
        return r;
    if (!cs_id_valid(d->id))
        return cs_fail(call, CS_NOT_FOUND, "The document does not exist.");
    if (d->version < 0)
        return cs_fail_field(call, "version", "The value must not be negative.");
    return 0;
}
