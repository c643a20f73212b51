/* Processor time and memory of processes, read from stat and smaps_rollup. */
#include "proc.h"

#include "base/clock.h"
#include "nats/topology.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const group_names[] = {"edge",       "services", "NATS",
                                          "PostgreSQL", "provider", "bench"};
static const char *folder;
static int provider;

void proc_init(const char *state, int provider_pid)
{
    folder = state;
    provider = provider_pid;
}

const char *proc_name(int i)
{
    return i < PROC_NAMES && cs_topology[i].service ? cs_node_process(&cs_topology[i]) : NULL;
}

int proc_pid(const char *name)
{
    char path[512];
    int pid = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/pids/%s", folder, name);
    f = fopen(path, "re");
    if (f && fscanf(f, "%d", &pid) != 1)
        pid = 0;
    if (f)
        fclose(f);
    return pid;
}

/* Seconds of a process and of its children that have ended; *ret_parent may be NULL. */
static double used_by(int pid, int *ret_parent)
{
    char path[64], line[1024];
    unsigned long user = 0, sys = 0;
    long child_user = 0, child_sys = 0;
    int parent = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    f = fopen(path, "re");
    if (f && fgets(line, sizeof(line), f) && strrchr(line, ')'))
        sscanf(strrchr(line, ')') + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
               &parent, &user, &sys, &child_user, &child_sys);
    if (f)
        fclose(f);
    if (ret_parent)
        *ret_parent = parent;
    return (double)(user + sys + (unsigned long)(child_user + child_sys)) /
           (double)sysconf(_SC_CLK_TCK);
}

static double used_by_children(int of)
{
    DIR *d = opendir("/proc");
    struct dirent *e;
    double sum = 0;

    while (d && (e = readdir(d))) {
        int pid = (int)strtol(e->d_name, NULL, 10), parent = 0;
        double used = pid > 0 ? used_by(pid, &parent) : 0;
        if (pid > 0 && parent == of)
            sum += used;
    }
    if (d)
        closedir(d);
    return sum;
}

static double used_by_machine(void)
{
    unsigned long user = 0, nice = 0, sys = 0, irq = 0, soft = 0, steal = 0;
    FILE *f = fopen("/proc/stat", "re");

    if (f && fscanf(f, "cpu %lu %lu %lu %*u %*u %lu %lu %lu", &user, &nice, &sys, &irq, &soft,
                    &steal) != 6)
        user = 0;
    if (f)
        fclose(f);
    return (double)(user + nice + sys + irq + soft + steal) / (double)sysconf(_SC_CLK_TCK);
}

void proc_cpu(struct proc_cpu *ret)
{
    int postgres = proc_pid("postgres");

    *ret = (struct proc_cpu){.seconds = (double)cs_mono_us() / 1e6, .machine = used_by_machine()};
    for (int i = 0; proc_name(i); i++) {
        ret->by_name[i] = used_by(proc_pid(proc_name(i)), NULL);
        ret->used[i == 0 ? PROC_EDGE : PROC_SERVICES] += ret->by_name[i];
    }
    ret->used[PROC_NATS] = used_by(proc_pid("nats"), NULL);
    ret->used[PROC_POSTGRES] = used_by(postgres, NULL) + used_by_children(postgres);
    if (provider)
        ret->used[PROC_PROVIDER] = used_by(provider, NULL);
    ret->used[PROC_BENCH] = used_by(getpid(), NULL);
}

double proc_own(const struct proc_cpu *from, const struct proc_cpu *to)
{
    return to->used[PROC_EDGE] - from->used[PROC_EDGE] + to->used[PROC_SERVICES] -
           from->used[PROC_SERVICES];
}

const char *proc_each(const struct proc_cpu *from, const struct proc_cpu *to, long n)
{
    static char out[256];
    size_t len = 0;

    for (int i = 0; proc_name(i) && len < sizeof(out); i++)
        len +=
            (size_t)snprintf(out + len, sizeof(out) - len, "%s%s %.2f", i ? ", " : "", proc_name(i),
                             1000 * (to->by_name[i] - from->by_name[i]) / (double)(n ? n : 1));
    return out;
}

const char *proc_shares(const struct proc_cpu *from, const struct proc_cpu *to)
{
    static char out[256];
    double all = (to->seconds - from->seconds) * (double)sysconf(_SC_NPROCESSORS_ONLN), ours = 0;
    double busy = 100 * (to->machine - from->machine) / all;
    size_t n = 0;

    for (int i = 0; i < PROC_GROUPS; i++) {
        double share = 100 * (to->used[i] - from->used[i]) / all;
        ours += share;
        if (share >= 1)
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%s %.0f, ", group_names[i], share);
    }
    if (busy - ours >= 1)
        n += (size_t)snprintf(out + n, sizeof(out) - n, "others %.0f, ", busy - ours);
    snprintf(out + n, sizeof(out) - n, "%% of the processors; %s",
             busy > 85 ? "they limit" : "waiting limits");
    return out;
}

bool proc_memory(int pid, struct proc_memory *ret)
{
    char path[64], line[256];
    long kb;
    FILE *f;

    *ret = (struct proc_memory){0};
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "Rss: %ld", &kb) == 1)
            ret->rss_kb = kb;
        else if (sscanf(line, "Pss: %ld", &kb) == 1)
            ret->pss_kb = kb;
        else if (sscanf(line, "Private_Dirty: %ld", &kb) == 1)
            ret->own_kb = kb;
    }
    if (f)
        fclose(f);
    return ret->rss_kb > 0;
}

/* ---- the whole stack ---- */

/* Such as chatsphere-auth, or what a process of PostgreSQL calls itself. */
static void name_of(int pid, char *out, size_t size)
{
    char path[64], line[256] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    f = fopen(path, "re");
    if (f && !fgets(line, sizeof(line), f))
        line[0] = '\0';
    if (f)
        fclose(f);
    const char *base = *line == '/' ? strrchr(line, '/') + 1 : line;
    snprintf(out, size, "%s", base);
}

static int all_processes(struct proc_part *parts, int max)
{
    DIR *d = opendir("/proc");
    struct dirent *e;
    int n = 0;

    while (d && n < max && (e = readdir(d))) {
        int pid = (int)strtol(e->d_name, NULL, 10);
        if (pid <= 0)
            continue;
        parts[n] = (struct proc_part){.pid = pid};
        parts[n].used = used_by(pid, &parts[n].parent);
        n++;
    }
    if (d)
        closedir(d);
    return n;
}

static bool platform_has(const struct proc_platform *p, int pid)
{
    for (int i = 0; i < p->n; i++)
        if (p->parts[i].pid == pid)
            return true;
    return false;
}

static void platform_collect(struct proc_platform *p, int root)
{
    enum { ALL = 4096 };
    static struct proc_part all[ALL];
    int n = all_processes(all, ALL), before = -1;

    p->n = 0;
    while (before != p->n) { /* children of those that are in, until there are no more */
        before = p->n;
        for (int i = 0; i < n && p->n < PROC_PLATFORM_MAX; i++)
            if ((all[i].pid == root || platform_has(p, all[i].parent)) &&
                !platform_has(p, all[i].pid))
                p->parts[p->n++] = all[i];
    }
}

void proc_platform(struct proc_platform *ret, bool memory)
{
    struct proc_memory m;

    *ret = (struct proc_platform){.seconds = (double)cs_mono_us() / 1e6};
    platform_collect(ret, proc_pid("supervisor"));
    for (int i = 0; i < ret->n; i++) {
        struct proc_part *part = &ret->parts[i];
        name_of(part->pid, part->name, sizeof(part->name));
        ret->used += part->used;
        ret->n_backends += strncmp(part->name, "postgres: chatsphere_", 21) == 0;
        if (memory && proc_memory(part->pid, &m)) {
            part->pss_kb = m.pss_kb;
            part->own_kb = m.own_kb;
            ret->pss_kb += m.pss_kb;
        }
    }
}

void proc_platform_show(const struct proc_platform *from, const struct proc_platform *to)
{
    for (int i = 0; i < to->n; i++) {
        const struct proc_part *p = &to->parts[i];
        double before = 0;
        for (int k = 0; k < from->n; k++)
            if (from->parts[k].pid == p->pid)
                before = from->parts[k].used;
        printf("    %-32s pss %6.1f MB   its own %6.1f MB   %5.1f ms/s\n", p->name,
               (double)p->pss_kb / 1024, (double)p->own_kb / 1024,
               1000 * (p->used - before) / (to->seconds - from->seconds));
    }
}
