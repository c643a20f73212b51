/* sandbox: what a process may no longer do once it has entered, and once it is closed. */
#include "test.h"

#include "ingest/extract/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef bool attempt(void);

/* whether the attempt succeeds in a process of its own, before or after the sandbox */
static bool succeeds(attempt *try, bool enter, bool close)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if ((enter && !sandbox_enter()) || (close && !sandbox_close()))
            _exit(2);
        _exit(try() ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, 1);
    return WEXITSTATUS(status) == 0;
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static bool tries_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}
static bool tries_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}
static bool tries_write(void)
{
    return open("/tmp/chatsphere-sandbox-test", O_WRONLY | O_CREAT, 0600) >= 0;
}
static bool tries_proc(void)
{
    return open("/proc/self/environ", O_RDONLY) >= 0;
}
static bool tries_etc(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}
static bool tries_library(void)
{
    return open("/usr/lib/os-release", O_RDONLY) >= 0;
}
static bool tries_signal(void)
{
    return kill(getppid(), 0) == 0;
}
static bool tries_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}
static bool tries_remove(void)
{
    return unlink("/tmp/chatsphere-sandbox-test") == 0 || errno == ENOENT;
}
static bool tries_limit(void)
{
    int fds[2];
    return pipe(fds) == 0; /* still allowed: a helper's output */
}

static bool tries_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool tries_exec(void)
{
    static const char *const argv[] = {"true", NULL};

    execve("/usr/bin/true", (char *const *)(uintptr_t)argv, NULL);
    return false;
}

static bool tries_helper(void)
{
    static const char *const argv[] = {"true", NULL};

    return sandbox_helper("/usr/bin/true", argv, 0, 5) >= 0 && sandbox_wait() == 0;
}

static bool tries_foreign_helper(void)
{
    static const char *const argv[] = {"x", NULL};

    return sandbox_helper("/proc/self/exe", argv, 0, 5) >= 0 && sandbox_wait() == 0;
}

static void test_entered(void **state)
{
    static attempt *const refused[] = {tries_socket, tries_unix, tries_write, tries_signal,
                                       tries_trace,  tries_exec, tries_remove};

    (void)state;
    for (size_t i = 0; i < LEN(refused); i++) {
        assert_true(refused[i] == tries_exec || succeeds(refused[i], false, false));
        assert_false(succeeds(refused[i], true, false));
    }
    unlink("/tmp/chatsphere-sandbox-test");
    assert_true(succeeds(tries_library, true, false));
    assert_true(succeeds(tries_limit, true, false));
    assert_true(succeeds(tries_helper, true, false));
}

static void test_files(void **state)
{
    (void)state;
    if (!has_landlock())
        skip();
    assert_false(succeeds(tries_proc, true, false));
    assert_false(succeeds(tries_etc, true, false));
    assert_false(succeeds(tries_foreign_helper, true, false));
}

static void test_closed(void **state)
{
    (void)state;
    assert_true(succeeds(tries_fork, true, false));
    assert_false(succeeds(tries_fork, true, true));
    assert_false(succeeds(tries_helper, true, true));
    assert_false(succeeds(tries_socket, true, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entered),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_closed),
    };
    return test_run(tests);
}
