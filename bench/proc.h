#pragma once
/*
 * proc: what processes have used, from /proc. The stack's are found by the files in its folder
 * pids/; PostgreSQL is its first process and the children of that.
 */
#include <stdbool.h>

enum proc_group { PROC_EDGE, PROC_SERVICES, PROC_NATS, PROC_POSTGRES, PROC_PROVIDER, PROC_BENCH };
enum { PROC_GROUPS = PROC_BENCH + 1, PROC_NAMES = 32 };

/* The i-th process of the topology, the edge being 0; NULL past the last. */
const char *proc_name(int i);

/* The group that provider_pid is to stand for; 0: none. */
void proc_init(const char *state, int provider_pid);
int proc_pid(const char *name); /* 0: not running */

struct proc_cpu {
    double seconds; /* when */
    double machine; /* used by all that runs here, and taken by the host */
    double used[PROC_GROUPS], by_name[PROC_NAMES]; /* by_name[i] of proc_name(i) */
};
void proc_cpu(struct proc_cpu *ret);
double proc_own(const struct proc_cpu *from, const struct proc_cpu *to); /* edge and services */

/* Such as "edge 0.20, auth 0.01, ...": the processes' milliseconds for each of n. */
const char *proc_each(const struct proc_cpu *from, const struct proc_cpu *to, long n);

/* Such as "edge 21, services 40, ... % of the processors", and whether these were what limits. */
const char *proc_shares(const struct proc_cpu *from, const struct proc_cpu *to);

/* The whole stack: its supervisor and all processes under it. */
enum { PROC_PLATFORM_MAX = 512 };
struct proc_platform {
    double seconds,
        used;       /* when; seconds of processor time until then, children that ended included */
    long pss_kb;    /* 0 unless asked for: it takes the kernel a while */
    int n_backends; /* processes of PostgreSQL that serve a connection */
    int n;
    struct proc_part {
        int pid, parent;
        char name[32];
        double used;
        long pss_kb, own_kb;
    } parts[PROC_PLATFORM_MAX];
};
void proc_platform(struct proc_platform *ret, bool memory);
/* Prints each process of `to`, and what it used since `from`. */
void proc_platform_show(const struct proc_platform *from, const struct proc_platform *to);

struct proc_memory {
    long rss_kb, pss_kb, own_kb; /* own: private and dirty, what no page cache can give back */
};
bool proc_memory(int pid, struct proc_memory *ret);
