#pragma once
/*
 * cancel: calls under way by request id. chatsphere.ctl.cancel.<id> marks all that bear it (one
 * request may be in a service twice) and ends what they wait for; a handler looks at
 * cs_cancelled(). Ids are remembered a while, so a cancel that overtakes its request counts too.
 */
struct cs_later;

void cs_cancel_enter(struct cs_later *l);
void cs_cancel_leave(struct cs_later *l);
void cs_cancel(const char *request_id);
