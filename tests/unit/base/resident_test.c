/* Lines of smaps by hand, and a mapped file whose clean pages are released. */
#include "test.h"

#include "base/resident.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGES = 64 };

static void lines(void **state)
{
    static const struct {
        const char *line;
        bool sealed;
    } cases[] = {
        {"7f0000001000-7f0000003000 r-xp 00001000 fe:00 123 /usr/lib/libx.so.1\n", true},
        {"7f0000001000-7f0000003000 r--p 00001000 fe:00 123 /usr/lib/a name\n", true},
        {"7f0000001000-7f0000003000 rw-p 00001000 fe:00 123 /usr/lib/libx.so.1\n", false},
        {"7f0000001000-7f0000003000 ---p 00001000 fe:00 123 /usr/lib/libx.so.1\n", false},
        {"7f0000001000-7f0000003000 r--p 00000000 00:00 0 [vvar]\n", false},
        {"7f0000001000-7f0000003000 r--p 00000000 00:00 0\n", false},
        {"Rss:                  12 kB\n", false},
        {"", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *start = NULL;
        size_t len = 0;
        assert_int_equal(cs_resident_sealed_file(cases[i].line, &start, &len), cases[i].sealed);
        if (cases[i].sealed) {
            assert_int_equal((uintptr_t)start, 0x7f0000001000);
            assert_int_equal(len, 0x2000);
        }
    }
}

static size_t resident(void *at, size_t size)
{
    uint64_t entry[PAGES];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, entry, sizeof(entry), (off_t)((uintptr_t)at / page * 8)),
                     (ssize_t)sizeof(entry));
    close(fd);
    for (size_t i = 0; i < size / page; i++)
        n += entry[i] >> 63; /* bit 63: present */
    return n;
}

/* a file's pages, then one of them written before it is sealed, as relocations are */
static unsigned char *map_file(size_t size, bool write_one)
{
    char path[] = "/tmp/resident_test.XXXXXX";
    int fd = mkstemp(path);
    unsigned char *at;

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    assert_true(at != MAP_FAILED);
    close(fd);
    if (write_one)
        at[0] = 42;
    assert_int_equal(mprotect(at, size, PROT_READ), 0);
    for (size_t i = 0; i < size; i += 512)
        (void)*(volatile unsigned char *)&at[i];
    return at;
}

static void clean_pages_go_and_written_ones_stay(void **state)
{
    size_t size = PAGES * (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *clean = map_file(size, false), *written = map_file(size, true);
    (void)state;

    assert_int_equal(resident(clean, size), PAGES);
    cs_resident_release();
    assert_int_equal(resident(clean, size), 0);
    assert_true(resident(written, size) > 0);
    assert_int_equal(written[0], 42);
    assert_int_equal(clean[size - 1], 0); /* and can be read again */
    munmap(clean, size);
    munmap(written, size);
}

/* memory is given back once after work, when it has been quiet for a while */
static void releases_once_after_work(void **state)
{
    enum { S = 1000 * 1000 };
    struct cs_resident_watch w = {0};
    bool release;
    int n = 0;
    (void)state;

    for (int64_t s = 5; s <= 60; s += 5) { /* at rest from the start on: nothing to give back */
        cs_resident_look(&w, s * S, 1000, &release);
        assert_false(release);
    }
    cs_resident_look(&w, INT64_C(65) * S, 2 * S, &release);
    assert_false(release);
    for (int64_t s = 70; s <= 200; s += 5) {
        cs_resident_look(&w, s * S, 2 * S, &release);
        assert_true(!release || s >= 80);
        n += release;
    }
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(clean_pages_go_and_written_ones_stay),
        cmocka_unit_test(releases_once_after_work),
    };
    return test_run(tests);
}
