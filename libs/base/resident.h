#pragma once
/*
 * Resident: memory that only the start needed, given back.
 *
 * A process that links curl, TLS and a database client touches some ten megabytes of their code and
 * constants while it starts, and hardly any of it again; and what it freed meanwhile stays in the
 * heap. cs_resident_release() unmaps the clean pages of mapped files, which stay in the page cache
 * and are mapped again at the first touch (a minor fault), and trims the heap. To be called once,
 * when the start is over; any thread.
 */
#include <stdbool.h>
#include <stddef.h>

void cs_resident_release(void);

/*
 * A line of /proc/self/smaps that opens a mapping ("start-end perms offset device inode path"):
 * true if it is one of a file, and not writable. A page of such a mapping that the process wrote
 * before it was sealed (relocations) must stay; the mapping's "Anonymous:" counts them.
 */
bool cs_resident_sealed_file(const char *line, void **ret_start, size_t *ret_len);
