/* A child is started with its limits, waited for, and killed when its time is over. */
#include "ingest/extract.h"

#include "base/clock.h"
#include "base/log.h"
#include "ingest/block.h"
#include "ingest/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROGRAM_SIZE = 4096, SAID_MAX = 400, TURN_MS = 1000 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false /* a sanitizer reserves more address space than any limit allows */
#endif

/* ---- one child for each processor, and half as many for pictures ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int running, recognising, turned_away;
} children = {.lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};

static bool job_goes_on(const struct extract_job *job)
{
    return !job->goes_on || job->goes_on(job->arg);
}

static bool child_enter(const struct extract_job *job)
{
    long most = sysconf(_SC_NPROCESSORS_ONLN);
    bool ok = true;

    pthread_mutex_lock(&children.lock);
    while (ok && children.running >= (most > 1 ? most : 1)) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&children.freed, &children.lock, &until);
        pthread_mutex_unlock(&children.lock);
        ok = job_goes_on(job);
        pthread_mutex_lock(&children.lock);
    }
    children.running += ok;
    pthread_mutex_unlock(&children.lock);
    return ok;
}

static void child_leave(void)
{
    pthread_mutex_lock(&children.lock);
    children.running--;
    pthread_cond_signal(&children.freed);
    pthread_mutex_unlock(&children.lock);
}

static bool recognising_enter(void)
{
    long most = sysconf(_SC_NPROCESSORS_ONLN) / 2;

    most = most < 1 ? 1 : most > EXTRACT_OCR_CHILDREN ? EXTRACT_OCR_CHILDREN : most;
    pthread_mutex_lock(&children.lock);
    bool room = children.recognising < most;
    children.recognising += room;
    pthread_mutex_unlock(&children.lock);
    return room;
}

static void recognising_leave(void)
{
    pthread_mutex_lock(&children.lock);
    children.recognising--;
    children.turned_away = 0;
    pthread_mutex_unlock(&children.lock);
}

/* ---- the child, between fork and exec: only what is safe there ---- */

static void child_limit(int what, rlim_t value)
{
    const struct rlimit limit = {value, value};

    if (setrlimit(what, &limit) != 0)
        _exit(126);
}

/* pages: those to recognise, or NULL */
static void child_exec(const char *program, const struct extract_job *job, const int fds[3],
                       const char *pages)
{
    const char *const argv[] = {program, job->name ? job->name : "", job->mime ? job->mime : "",
                                pages        ? pages
                                : job->apart ? "files"
                                             : NULL,
                                NULL};
    char *const nothing[] = {NULL};
    sigset_t none;

    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 0; i < 3;
         i++) /* those of memory files are above 2: a service has its first three */
        if (dup2(fds[i], i) != i)
            _exit(126);
    if (close_range(3, ~0U, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        _exit(126);
    if (!SANITIZED)
        child_limit(RLIMIT_AS, (rlim_t)EXTRACT_MEMORY_MIB << 20);
    child_limit(RLIMIT_CPU, pages ? EXTRACT_OCR_CPU_S : EXTRACT_CPU_S);
    child_limit(RLIMIT_FSIZE, (rlim_t)EXTRACT_OUTPUT_MIB << 20);
    child_limit(RLIMIT_NOFILE, 16);
    child_limit(RLIMIT_CORE, 0);
    execve(program, (char *const *)(uintptr_t)argv, nothing);
    _exit(127);
}

/* ---- waiting ---- */

struct child {
    pid_t pid;
    int status;
    struct rusage used;
    const char *pages; /* it recognises, or NULL */
    int wall_s;
    bool late, stopped;
};

/* until the first block, the size of its output is the number of pages that are done (emit_progress) */
static void child_progress(const struct child *c, const struct extract_job *job, int output)
{
    struct stat st;

    if (!c->pages || !job->done || !job->total)
        return;
    *job->total = pages_count(c->pages);
    if (fstat(output, &st) == 0 && st.st_size <= *job->total)
        *job->done = (int)st.st_size;
}

static void child_wait(struct child *c, const struct extract_job *job, int output)
{
    int64_t until = cs_mono_ms() + c->wall_s * 1000;
    struct pollfd ends = {.fd = pidfd_open(c->pid, 0), .events = POLLIN};
    bool over = ends.fd < 0;

    while (!over) {
        int r = poll(&ends, 1, TURN_MS);
        if (r > 0 || (r < 0 && errno != EINTR))
            break;
        c->late = cs_mono_ms() >= until;
        child_progress(c, job, output);
        c->stopped = !c->late && !job_goes_on(job);
        over = c->late || c->stopped;
    }
    kill(-c->pid, SIGKILL); /* also what it has started; a child that has ended is not affected */
    while (wait4(c->pid, &c->status, 0, &c->used) < 0 && errno == EINTR)
        ;
    if (ends.fd >= 0)
        close(ends.fd);
}

/* why a child ended without telling a reason */
static const char *child_reason(struct cs_arena *a, const struct child *c)
{
    int sig = WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0;
    int cpu_s = c->pages ? EXTRACT_OCR_CPU_S : EXTRACT_CPU_S;

    if (c->late)
        return cs_printf(a, "Reading the file took more than %d seconds.", c->wall_s);
    if (sig == SIGXCPU || (sig == SIGKILL && c->used.ru_utime.tv_sec >= cpu_s - 1))
        return cs_printf(a, "Reading the file took more than %d seconds of processor time.", cpu_s);
    if (c->used.ru_maxrss > (long)EXTRACT_MEMORY_MIB * 1024 / 2)
        return cs_printf(a, "Reading the file took more than %d MiB of memory.",
                         EXTRACT_MEMORY_MIB);
    return "The file is damaged in a way that ended its reading.";
}

/* ret_pages: those that a second child has to recognise, or NULL */
static enum extract_outcome child_outcome(struct cs_arena *a, struct child *c, const int fds[3],
                                          const char **ret_reason, const char **ret_pages)
{
    struct block_reader blocks;
    int code = WIFEXITED(c->status) ? WEXITSTATUS(c->status) : -1;

    if (c->stopped)
        return EXTRACT_STOPPED;
    if (code == 126 || code == 127) {
        cs_log(CS_ERROR, "chatsphere-extract cannot be started", "exit", cs_log_int(code), NULL);
        return EXTRACT_FAILED;
    }
    if ((code == 0 || code == 1) && block_reader_open(&blocks, a, fds[1])) {
        *ret_reason = blocks.failed;
        *ret_pages = blocks.pictures;
        return blocks.failed ? EXTRACT_REFUSED : EXTRACT_OK;
    }
    char *said = cs_alloc(a, SAID_MAX + 1); /* the beginning of its standard error */
    ssize_t n = pread(fds[2], said, SAID_MAX, 0);
    cs_log(CS_WARN, "the reading of a document ended early", "exit", cs_log_int(code), "signal",
           cs_log_int(WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0), "said", n > 0 ? said : "",
           NULL);
    *ret_reason = child_reason(a, c);
    return EXTRACT_REFUSED;
}

/* ---- what a service sees ---- */

int64_t extract_wait_ms(void)
{
    pthread_mutex_lock(&children.lock);
    int before = children.turned_away < 100 ? children.turned_away++ : 100;
    pthread_mutex_unlock(&children.lock);
    return (int64_t)EXTRACT_OCR_WAIT_S * 1000 * (before + 1);
}

int extract_file(void)
{
    return memfd_create("chatsphere-document", MFD_CLOEXEC);
}

/* chatsphere-extract beside the program that runs */
static bool extract_program(char *path)
{
    ssize_t n = readlink("/proc/self/exe", path, PROGRAM_SIZE - 32);
    char *slash;

    if (n <= 0)
        return false;
    path[n] = '\0';
    slash = strrchr(path, '/');
    snprintf(slash + 1, 32, "%s", "chatsphere-extract");
    return true;
}

static enum extract_outcome child_run(struct cs_arena *a, const struct extract_job *job,
                                      const int fds[3], const char **ret_reason, const char **pages)
{
    char program[PROGRAM_SIZE];
    struct child c = {.pages = *pages, .wall_s = *pages ? EXTRACT_OCR_WALL_S : EXTRACT_WALL_S};

    if (!extract_program(program) || lseek(job->file, 0, SEEK_SET) != 0 ||
        lseek(fds[1], 0, SEEK_SET) != 0 || ftruncate(fds[1], 0) != 0)
        return EXTRACT_FAILED;
    c.pid = fork();
    if (c.pid == 0)
        child_exec(program, job, fds, *pages);
    if (c.pid < 0) {
        cs_log(CS_ERROR, "no process for a document", "reason", strerror(errno), NULL);
        return EXTRACT_FAILED;
    }
    setpgid(c.pid, c.pid); /* in case it has not come to it */
    child_wait(&c, job, fds[1]);
    return child_outcome(a, &c, fds, ret_reason, pages);
}

/* The second child, for pages that are pictures. What it still asks to recognise is no document. */
static enum extract_outcome pictures_run(struct cs_arena *a, const struct extract_job *job,
                                         const int fds[3], const char **ret_reason,
                                         const char *pages)
{
    if (!recognising_enter())
        return EXTRACT_BUSY;
    enum extract_outcome r = child_run(a, job, fds, ret_reason, &pages);
    recognising_leave();
    if (r == EXTRACT_OK && pages) {
        *ret_reason = "The file is damaged in a way that ended its reading.";
        return EXTRACT_REFUSED;
    }
    return r;
}

enum extract_outcome extract_run(struct cs_arena *a, const struct extract_job *job, int *ret_blocks,
                                 const char **ret_reason)
{
    int fds[3] = {job->file, extract_file(), extract_file()};
    enum extract_outcome r = EXTRACT_FAILED;
    const char *pages = NULL;

    *ret_reason = NULL;
    if (!child_enter(job))
        r = EXTRACT_STOPPED;
    else {
        if (fds[1] >= 0 && fds[2] >= 0)
            r = child_run(a, job, fds, ret_reason, &pages);
        child_leave();
    }
    if (r == EXTRACT_OK && pages)
        r = pictures_run(a, job, fds, ret_reason, pages);
    if (fds[2] >= 0)
        close(fds[2]);
    if (r == EXTRACT_OK)
        *ret_blocks = fds[1];
    else if (fds[1] >= 0)
        close(fds[1]);
    return r;
}
