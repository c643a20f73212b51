#pragma once
/*
 * json: JSON of strangers as a tree that cannot take all memory.
 *
 * A value of two bytes, `0,`, is forty in jansson's tree and an empty object over two hundred, so a
 * limit on the text does not limit the tree. pbjson_load() is json_loadb() with a ceiling on the
 * memory of the tree; beyond it there is no tree. Every text from outside (a client, a provider, a
 * token) is read by it. Any thread; the tree may be freed on another.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { PBJSON_TREE_MAX = 16 * 1024 * 1024 };

/* NULL when it is no JSON or takes more than `ceiling` bytes; *ret_exceeded (or NULL) says which. */
json_t *pbjson_load(const char *text, size_t len, size_t flags, size_t ceiling, json_error_t *error,
                    bool *ret_exceeded);
