#pragma once
/*
 * part: the body of a request -> a part of an upload. A part may be larger than a message of the bus, so ingest gets it
 * in one piece or two.
 */
struct request;

void part_begin(struct request *r);
