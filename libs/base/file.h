#pragma once
/*
 * File: whole small files - keys, credentials, generated configuration.
 *
 * Writing is atomic (a temporary file in the same folder, fsync, rename): a reader sees the old
 * content or the new one. Failures leave errno and return NULL, false or -1; the caller knows what
 * the file was for and says so.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <sys/types.h>

/* Content and a terminator in the arena; EFBIG when it is longer than max. ret_len may be NULL. */
char *cs_file_read(struct cs_arena *a, const char *path, size_t max, size_t *ret_len);

/* The same for text of one value: line ends at the end are cut off. */
char *cs_file_read_line(struct cs_arena *a, const char *path, size_t max);

int cs_file_write(const char *path, const void *p, size_t n, mode_t mode);
bool cs_file_exists(const char *path);

/* Makes the folder and those above it; one that is there already is fine and keeps its mode. */
int cs_folder_make(const char *path, mode_t mode);
