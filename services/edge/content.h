#pragma once
/*
 * content: a file, such as the original of a document, read from its service part by part at the client's pace.
 * Always as an attachment that no browser renders: what people upload is not ours to trust.
 */
struct request;

void content_begin(struct request *r); /* r->msg is ready */
