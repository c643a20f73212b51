#pragma once
/*
 * cases: tests as folders of tests/data/<what>/<case>/. A test reads the case's files and compares
 * what it made of them with `expected`; a new case needs no C.
 */
#include "base/arena.h"
#include "base/buf.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A file of a case, or NULL. */
static inline char *case_file(struct cs_arena *a, const char *folder, const char *name)
{
    FILE *f = fopen(cs_printf(a, "%s/%s", folder, name), "r");
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t n;

    if (!f)
        return NULL;
    while ((n = fread(cs_buf_grow(&b, 4096), 1, 4096, f)) > 0)
        b.len += n;
    fclose(f);
    return cs_strndup(a, b.data, b.len);
}

/* Whether `got` is the case's expected.txt; says so when it is not. */
static inline bool case_fits(struct cs_arena *a, const char *folder, const char *got)
{
    const char *expected = case_file(a, folder, "expected.txt");

    if (expected && strcmp(got, expected) == 0)
        return true;
    printf("%s: got\n%s", folder, got);
    return false;
}

/* Plays all cases of tests/data/<what>; how many did not fit. Counts them in *ret_n. */
static inline int cases_play(struct cs_arena *a, const char *what, int *ret_n,
                             bool (*play)(const char *folder))
{
    const char *root = cs_printf(a, "%s/%s", CS_TEST_DATA, what);
    DIR *dir = opendir(root);
    int wrong = 0;

    *ret_n = 0;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        wrong += !play(cs_printf(a, "%s/%s", root, e->d_name));
        ++*ret_n;
    }
    if (dir)
        closedir(dir);
    return wrong;
}
