#pragma once
/*
 * sandbox: what a process that reads a hostile file may still do.
 *
 * The parent has set the limits of memory, time, files and output (ingest/extract.c) and passes no
 * environment and no descriptors but the file, the output and standard error. Here the process gives
 * up the rest, for itself and all it starts:
 *
 *   no_new_privs  no program raises its rights
 *   Landlock      reads below /usr, /lib, /etc/fonts and the linker's cache, and nothing else; no TCP,
 *                 no signals to other processes (where the kernel has it: 5.13 for files, 6.7 for TCP, 6.12 for signals)
 *   seccomp       an allow-list of system calls: no sockets, no files opened for writing, no signals, no tracing
 *
 * Until it is closed, the process may start one program: the one at `helper`, by that very pointer.
 */
#include <stdbool.h>

/* Before the first byte of the file is looked at. False: the process must end. */
bool sandbox_enter(void);
/* No program is started any more; without Landlock no file is opened any more. */
bool sandbox_close(void);

/* Starts a helper with these arguments and at most these seconds of processor time, one at a time: reads `in` as its
 * descriptor 0, writes to a pipe. The descriptor of its output; -1: it is not installed or cannot be started.
 * sandbox_wait(): its exit status, or 128 + its signal. */
int sandbox_helper(const char *path, const char *const argv[], int in, unsigned cpu_s);
int sandbox_wait(void);
bool sandbox_has_helper(const char *path);
