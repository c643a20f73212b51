#pragma once
/*
 * point: a vector as a server of vectors knows it: a row of a fixed size with an id. Pure; any thread.
 *
 * A server keeps one collection for each size. Names of models and numbers of dimensions come from the owners of
 * bots, and servers bear some hundred collections at most, so there are ten sizes: a vector is filled up with zeros,
 * which changes no cosine. The space stands in the point, and each question names it.
 */
#include "retrieve/vector/vector_store.h"

enum { POINT_SIZES = 10, POINT_NUMBER_MAX = 20 };

uint32_t point_size(uint32_t dims);       /* the smallest size with room for it */
uint32_t point_size_below(uint32_t size); /* the size before, or 0 */
size_t point_size_index(uint32_t size);   /* its place among the sizes */

/* Name of the collection of a size, of lower-case letters, digits and a hyphen. */
enum { POINT_COLLECTION_MAX = 32 };
void point_collection(char out[POINT_COLLECTION_MAX], uint32_t size);

/* UUID of a chunk's vector: the same for the same chunk, version and space of a workspace. */
void point_uuid(char out[CS_ID_SIZE], const struct vector_segment *s, uint32_t ord);

/* JSON numbers between commas, filled up with zeros to `size`; returns the end. */
char *point_halves(char *out, const uint16_t *halves, uint32_t dims, uint32_t size);
char *point_floats(char *out, const float *v, uint32_t dims, uint32_t size);

/* A string of JSON: parts of a space are names that the owners of bots choose. */
const char *point_quoted(struct cs_arena *a, const char *text);
