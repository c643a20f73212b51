#pragma once
/*
 * request: the way of one REST request: route, limits, identity, rights, body, and on to the file
 * that serves its route. On the loop's thread.
 */
struct edge;
struct http_request;

void request_begin(struct edge *e, struct http_request *http);
