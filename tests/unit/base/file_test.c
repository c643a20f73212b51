/* Files written, read and refused in a temporary folder. */
#include "test.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/file_test.XXXXXX";

static const char *in_folder(const char *name)
{
    return cs_printf(&arena, "%s/%s", folder, name);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(in_folder("f"));
    rmdir(in_folder("a/b"));
    rmdir(in_folder("a"));
    int left = rmdir(folder);
    return left;
}

static void content_comes_back(void **state)
{
    const char *path = in_folder("f");
    size_t n;
    (void)state;

    assert_int_equal(cs_file_write(path, "a\0b\n", 4, 0600), 0);
    char *text = cs_file_read(&arena, path, 100, &n);
    assert_int_equal(n, 4);
    assert_memory_equal(text, "a\0b\n", 5);
}

static void the_mode_is_as_asked(void **state)
{
    struct stat st;
    (void)state;

    assert_int_equal(cs_file_write(in_folder("f"), "x", 1, 0640), 0);
    assert_int_equal(stat(in_folder("f"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(cs_file_write(in_folder("f"), "x", 1, 0600), 0);
    assert_int_equal(stat(in_folder("f"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void too_long_is_refused(void **state)
{
    (void)state;
    assert_int_equal(cs_file_write(in_folder("f"), "12345", 5, 0600), 0);
    assert_non_null(cs_file_read(&arena, in_folder("f"), 5, NULL));
    errno = 0;
    assert_null(cs_file_read(&arena, in_folder("f"), 4, NULL));
    assert_int_equal(errno, EFBIG);
}

static void a_line_loses_its_end(void **state)
{
    (void)state;
    assert_int_equal(cs_file_write(in_folder("f"), " value \r\n\n", 10, 0600), 0);
    assert_string_equal(cs_file_read_line(&arena, in_folder("f"), 100), " value ");
    assert_int_equal(cs_file_write(in_folder("f"), "\n", 1, 0600), 0);
    assert_string_equal(cs_file_read_line(&arena, in_folder("f"), 100), "");
}

static void absent_is_told(void **state)
{
    (void)state;
    assert_false(cs_file_exists(in_folder("none")));
    assert_null(cs_file_read(&arena, in_folder("none"), 100, NULL));
    assert_null(cs_file_read_line(&arena, in_folder("none"), 100));
    assert_int_equal(cs_file_write(in_folder("none/f"), "x", 1, 0600), -1);
    assert_int_equal(errno, ENOENT);
}

/* no temporary file stays, whether the write was done or not */
static void nothing_is_left_behind(void **state)
{
    DIR *d;
    int n = 0;
    (void)state;

    assert_int_equal(cs_file_write(in_folder("f"), "x", 1, 0600), 0);
    assert_int_equal(mkdir(in_folder("a"), 0700), 0);
    assert_int_equal(cs_file_write(in_folder("a"), "x", 1, 0600), -1);
    d = opendir(folder);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    assert_int_equal(n, 4); /* . .. f a */
    rmdir(in_folder("a"));
}

static void folders_are_made_downwards(void **state)
{
    struct stat st;
    (void)state;

    assert_int_equal(cs_folder_make(in_folder("a/b"), 0700), 0);
    assert_int_equal(stat(in_folder("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(cs_folder_make(in_folder("a/b"), 0755), 0);
    assert_int_equal(stat(in_folder("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_comes_back),
        cmocka_unit_test(the_mode_is_as_asked),
        cmocka_unit_test(too_long_is_refused),
        cmocka_unit_test(a_line_loses_its_end),
        cmocka_unit_test(absent_is_told),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(folders_are_made_downwards),
    };
    return test_run_with(tests, set_up, tear_down);
}
