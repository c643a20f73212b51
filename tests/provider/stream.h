#pragma once
/* stream: what an answer has said, on its way to the client as fast as h2o takes it. */
#include "answer.h"

void stream_start(struct answer *answer, const char *type);
void stream_flush(struct answer *answer); /* sends out; after done, that is the end */
/* Ends the connection in the middle of the stream, once what was said is out. The answer may be gone then. */
void stream_cut(struct answer *answer);
