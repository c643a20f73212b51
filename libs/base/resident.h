#pragma once
/*
 * Resident: memory that only the start needed, given back.
 *
 * A process that links curl, TLS and a database client touches some ten megabytes of their code and
 * constants while it starts, and hardly any of it again; and what it freed meanwhile stays in the
 * heap. cs_resident_release() unmaps the clean pages of mapped files, which stay in the page cache
 * and are mapped again at the first touch (a minor fault), and trims the heap. To be called when the
 * start is over; any thread. cs_resident_rest() does the same when work is over: it is called every
 * few seconds, by one thread, and releases once the process was quiet for 15 s after it had worked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void cs_resident_release(void);
void cs_resident_rest(void);

/* What cs_resident_rest() decides by: processor time used, all in microseconds. */
struct cs_resident_watch {
    int64_t looked_us, used_us; /* the last look */
    int64_t quiet_since_us;     /* the last look at which it was not quiet */
    int64_t released_us;        /* used when memory was last given back */
};
void cs_resident_look(struct cs_resident_watch *w, int64_t now_us, int64_t used_us,
                      bool *ret_release);

/*
 * A line of /proc/self/smaps that opens a mapping ("start-end perms offset device inode path"):
 * true if it is one of a file, and not writable. A page of such a mapping that the process wrote
 * before it was sealed (relocations) must stay; the mapping's "Anonymous:" counts them.
 */
bool cs_resident_sealed_file(const char *line, void **ret_start, size_t *ret_len);
