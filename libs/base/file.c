/* Reading with a limit, and writing by a temporary file, fsync and rename. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* bytes read until the end or `max`; negative on failure */
static ssize_t fd_read_all(int fd, char *out, size_t max)
{
    size_t n = 0;

    while (n < max) {
        ssize_t got = read(fd, out + n, max - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

char *cs_file_read(struct cs_arena *a, const char *path, size_t max, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st = {0};
    char *text = NULL;
    ssize_t n = -1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && (size_t)st.st_size > max) {
        errno = EFBIG;
    } else {
        /* what is no file, such as a pipe, does not know its size */
        size_t room = S_ISREG(st.st_mode) ? (size_t)st.st_size : max;
        text = cs_alloc(a, room + 1);
        n = fd_read_all(fd, text, room);
    }
    close(fd);
    if (n < 0)
        return NULL;
    text[n] = '\0';
    if (ret_len)
        *ret_len = (size_t)n;
    return text;
}

char *cs_file_read_line(struct cs_arena *a, const char *path, size_t max)
{
    size_t n;
    char *text = cs_file_read(a, path, max, &n);

    while (text && n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    return text;
}

static int fd_write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        p += put;
        n -= (size_t)put;
    }
    return fsync(fd);
}

int cs_file_write(const char *path, const void *p, size_t n, mode_t mode)
{
    char temporary[PATH_MAX];
    int fd, r;

    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -1;
    r = fchmod(fd, mode);
    if (r == 0)
        r = fd_write_all(fd, p, n);
    close(fd);
    if (r == 0)
        r = rename(temporary, path);
    if (r < 0) {
        int saved = errno;
        unlink(temporary);
        errno = saved;
    }
    return r;
}

bool cs_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int cs_folder_make(const char *path, mode_t mode)
{
    char up[PATH_MAX];
    size_t n = strlen(path);

    if (n >= sizeof(up)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(up, path, n + 1);
    for (char *slash = up + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(up, 0755) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(path, mode) < 0 && errno != EEXIST ? -1 : 0;
}
