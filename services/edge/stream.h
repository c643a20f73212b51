#pragma once
/*
 * stream: a turn, or the progress of a document, as server-sent events.
 *
 * The answer begins with the first frame; a refusal that comes before is an ordinary problem. A
 * client whose unread output passes 256 KiB is cut; when frames stop for 60 s, or one is missing,
 * an error and an end follow. A client that leaves does not stop its turn.
 */
struct edge;
struct request;

void stream_begin(struct request *r); /* r->msg is ready */
void stream_tick(struct edge *e);     /* each second: comment lines, stalls */
