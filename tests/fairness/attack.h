#pragma once
/*
 * attack: one workspace at every limit at once, until it is told to end. It never waits for an answer:
 *
 *   turns     of a model that never answers, and of names that are never resolved; the clients hang up
 *   vectors   3 documents of 300 chunks, of an embedder that takes 24 s a request
 *   documents 2 of 31 MiB of unique words, and searches of their words
 *   watches   1,000 of one document
 *   uploads   48 that never end, a little faster than an edge wants
 *   sign-ins  128 at once, then 100 a second, each of another name at another address
 *
 * With a sanitizer, which slows down every program, there are fewer sign-ins and smaller documents.
 *
 * The threads are its own.
 */
void attack_begin(const char *base_url, const char *provider);
void attack_end(void);
