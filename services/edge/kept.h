#pragma once
/*
 * kept: answers that a browser may keep for a minute: the settings of a bot for a chat page. The edge adds
 * its own limits to them. On the loop's thread.
 */
#include "edge/edge.h"

/* Answers with the message, or with 304 if the request names its ETag. */
void kept_answer(struct request *r, ProtobufCMessage *msg);
