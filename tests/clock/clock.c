/*
 * test-clock: a wall clock that can be stepped, for all processes of a stack at the same moment. A
 * library for LD_PRELOAD; what is added to the true time stands in a file, $CHATSPHERE_TEST_CLOCK,
 * as a sign and five digits of seconds: +03600. Written in place, since it is mapped. The
 * monotonic clock stays true, and who waits by the wall clock waits as long as they meant to.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 5, COND_IS_MONOTONIC = 2 /* of glibc */ };

static const volatile char *shift;
static int (*timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

__attribute__((constructor)) static void map(void)
{
    const char *path = getenv("CHATSPHERE_TEST_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    timedwait = (__typeof__(timedwait))dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    if (fd < 0)
        return;
    void *p = mmap(NULL, 1 + DIGITS, PROT_READ, MAP_SHARED, fd, 0);
    if (p != MAP_FAILED)
        shift = p;
    close(fd);
}

static time_t seconds(void)
{
    time_t n = 0;

    if (!shift)
        return 0;
    for (int i = 1; i <= DIGITS; i++)
        n = n * 10 + (shift[i] - '0');
    return shift[0] == '-' ? -n : n;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    int r = (int)syscall(SYS_clock_gettime, id, t);

    if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        t->tv_sec += seconds();
    return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec t;
    (void)zone;

    clock_gettime(CLOCK_REALTIME, &t);
    *tv = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *ret)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    if (ret)
        *ret = t.tv_sec;
    return t.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
                           const struct timespec *restrict until)
{
    struct timespec t = *until;

    if (!(c->__data.__wrefs & COND_IS_MONOTONIC))
        t.tv_sec -= seconds();
    return timedwait(c, m, &t);
}
