#pragma once
/*
 * upload: files or a text -> documents. For each, ingest gets CreateDocument with size and SHA-256,
 * the bytes in parts of 480 KiB, four under way at once, and CompleteUpload.
 *
 * {"name","text"}, {"url"}, which goes to ingest as it is, and one file are answered with {"document"}, several files with {"items"}. Files
 * go one after the other; when one is refused, those before it stay, and the problem says so.
 */
#include <stdbool.h>

struct edge;
struct request;

void upload_begin(struct request *r);

/* Hashes a slice of what waits for it; a loop must not stand still for 32 MiB. True: more to do. */
bool upload_turn(struct edge *e);
