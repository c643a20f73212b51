#pragma once
/*
 * headers: the values of headers of a bot's tools. They are secrets, so they are sealed like provider keys, and the
 * configuration has CS_TOOL_HIDDEN in their place. Who saves a configuration that was read sends that back: the value
 * stays then, unless the tool has another server by now, which could be anyone's. Within the transaction of the change.
 */
#include "bot-store/store.h"

struct hidden_headers {
    struct tool_box *at;
    size_t n;
};

/*
 * Before the bot is saved: hides the values in its configuration. fresh: the bot is new. Negative with a wrong field when
 * a value is to stay that is not there; the transaction is rolled back.
 */
int headers_hide(struct cs_call *call, Bot *bot, bool fresh, struct hidden_headers *ret);
/* With the bot in the table: queues the boxes, and drops those of tools that are gone. */
void headers_store(struct cs_call *call, const Bot *bot, const struct hidden_headers *hidden);
