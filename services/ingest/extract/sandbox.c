/* Landlock by system calls, since the C library has none; seccomp by libseccomp. */
#include "ingest/extract/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* newer than the headers of Debian 12 */
#define LANDLOCK_NET_TCP 3ULL /* bind and connect, version 4 */
#define LANDLOCK_SCOPES 3ULL  /* abstract sockets and signals, version 6 */

struct landlock_attributes {
    uint64_t fs, net, scoped;
};

enum { PATH_SIZE = 64 };

#define HELPER_MEMORY ((rlim_t)512 << 20)

/* the one place from which a program's path is taken */
static char helper[PATH_SIZE];
static bool landlocked;
static pid_t helper_pid = -1;

static bool landlock_allow(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr below = {.allowed_access = access};

    below.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (below.parent_fd < 0)
        return errno == ENOENT;
    long r = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    close(below.parent_fd);
    return r == 0;
}

/* False where the kernel has Landlock and refuses the rules; without it only seccomp stands. */
static bool landlock_enter(void)
{
    const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t run = read | LANDLOCK_ACCESS_FS_EXECUTE;
    static const char *const folders[] = {"/usr", "/lib", "/lib64"};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_attributes handled = {
        .fs = (1ULL << (version >= 3   ? 15
                        : version == 2 ? 14
                                       : 13)) -
              1,
        .net = version >= 4 ? LANDLOCK_NET_TCP : 0,
        .scoped = version >= 6 ? LANDLOCK_SCOPES : 0,
    };
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;

    if (version < 1)
        return true;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    if (rules < 0)
        return false;
    bool ok = landlock_allow(rules, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE) &&
              landlock_allow(rules, "/etc/fonts", read);
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        ok = ok && landlock_allow(rules, folders[i], run);
    ok = ok && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    landlocked = ok;
    return ok;
}

/* what reading a file and writing blocks takes, and what the C library and the sanitizers ask for */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mincore),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(getrusage),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(restart_syscall),
};

static int allow_plain(scmp_filter_ctx filter)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(allowed) / sizeof(*allowed); i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    return r;
}

/* files for reading, flags of descriptors, limits that are read, signals to oneself */
static int allow_by_arguments(scmp_filter_ctx filter)
{
    const uint64_t writes = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
    const struct scmp_arg_cmp reads1 = SCMP_A1(SCMP_CMP_MASKED_EQ, writes, O_RDONLY);
    const struct scmp_arg_cmp reads2 = SCMP_A2(SCMP_CMP_MASKED_EQ, writes, O_RDONLY);
    const struct scmp_arg_cmp own = SCMP_A0(SCMP_CMP_EQ, 0, 0),
                              pid = SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0);
    const struct scmp_arg_cmp reading = SCMP_A2(SCMP_CMP_EQ, 0, 0);
    static const int flags[] = {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC};
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(flags) / sizeof(*flags); i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                             SCMP_A1(SCMP_CMP_EQ, (uint64_t)flags[i], 0));
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, &reads1);
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &reads2);
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, own, reading);
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &pid);
    return r;
}

/* one process more, and the one program */
static int allow_helper(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp own = SCMP_A0(SCMP_CMP_EQ, 0, 0);
    const uint64_t foreign = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID |
                             CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(execve), 1,
                             SCMP_A0(SCMP_CMP_EQ, (uint64_t)(uintptr_t)helper, 0));

    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, foreign, 0));
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(vfork), 0);
    if (r == 0) /* to lower limits: no process may raise them */
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, &own);
    return r;
}

/* what is not listed fails with EPERM; clone3 hides its flags, so the C library is to take clone */
static bool seccomp_enter(bool closed)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return false;
    int r = allow_plain(filter);
    if (r == 0)
        r = allow_by_arguments(filter);
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    if (r == 0 && !closed)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 0);
    if (r == 0 && !closed)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 0);
    if (r == 0 && !closed)
        r = allow_helper(filter);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r == 0;
}

bool sandbox_enter(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock_enter() && seccomp_enter(false);
}

bool sandbox_close(void)
{
    static const int files[] = {SCMP_SYS(open), SCMP_SYS(openat)};
    scmp_filter_ctx filter;
    int r = 0;

    if (!landlocked) {
        if (!(filter = seccomp_init(SCMP_ACT_ALLOW)))
            return false;
        for (size_t i = 0; r == 0 && i < sizeof(files) / sizeof(*files); i++)
            r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), files[i], 0);
        r = r == 0 ? seccomp_load(filter) : r;
        seccomp_release(filter);
    }
    return r == 0 && seccomp_enter(true);
}

/* ---- helpers ---- */

bool sandbox_has_helper(const char *path)
{
    return access(path, X_OK) == 0;
}

/* Where this process has no limit, as in a build with a sanitizer, its helper still has one. */
static bool helper_limit(int what, rlim_t most)
{
    struct rlimit limit;

    if (getrlimit(what, &limit) != 0)
        return false;
    if (limit.rlim_max <= most)
        return true;
    limit = (struct rlimit){most, most};
    return setrlimit(what, &limit) == 0;
}

/* It starts no processes of its own. */
static bool helper_alone(void)
{
    static const int starts[] = {SCMP_SYS(clone), SCMP_SYS(fork), SCMP_SYS(vfork)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int r = filter ? 0 : -1;

    for (size_t i = 0; r == 0 && i < sizeof(starts) / sizeof(*starts); i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), starts[i], 0);
    return r == 0 && seccomp_load(filter) == 0;
}

int sandbox_helper(const char *path, const char *const argv[], int in, unsigned cpu_s)
{
    static const char *const environment[] = {"OMP_THREAD_LIMIT=1", "LC_ALL=C.UTF-8", NULL};
    int out[2];

    if (strlen(path) >= PATH_SIZE || !sandbox_has_helper(path) || pipe2(out, O_CLOEXEC) != 0)
        return -1;
    memcpy(helper, path, strlen(path) + 1);
    helper_pid = fork();
    if (helper_pid == 0) {
        if (dup2(in, 0) == 0 && dup2(out[1], 1) == 1 && helper_limit(RLIMIT_AS, HELPER_MEMORY) &&
            helper_limit(RLIMIT_CPU, cpu_s) && helper_alone())
            execve(helper, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
        _exit(127);
    }
    close(out[1]);
    if (helper_pid > 0)
        return out[0];
    close(out[0]);
    return -1;
}

int sandbox_wait(void)
{
    int status;

    if (helper_pid <= 0 || waitpid(helper_pid, &status, 0) != helper_pid)
        return 127;
    helper_pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
