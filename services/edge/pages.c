/* The folder of the pages read into a sorted table, and the headers of a request matched against it. */
#include "edge/pages.h"

#include "base/file.h"
#include "crypto/crypto.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ANCESTORS_MAX = 8 * 1024 };

static const struct {
    const char *extension, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
};

static const char *const suffixes[PAGE_CODINGS] = {"", ".br", ".gz"};

/* ---- reading the folder ---- */

static const char *page_type(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].extension, dot) == 0)
            return types[i].type;
    return NULL;
}

/* Reads one body of a file; one that does not exist is left out. */
static bool body_read(struct pages *p, struct page_body *body, const char *path)
{
    size_t len = 0;
    const char *data = cs_file_read(&p->arena, path, PAGE_FILE_MAX, &len);

    if (!data)
        return errno == ENOENT;
    if (len > PAGES_MAX - p->bytes)
        return false;
    *body = (struct page_body){.data = data, .len = len};
    char hex[CS_SHA256_HEX];
    cs_sha256_hex(hex, data, len);
    snprintf(body->etag, sizeof(body->etag), "\"%.20s\"", hex);
    p->bytes += len;
    return true;
}

static bool page_add(struct pages *p, const char *folder, const char *below, const char *name)
{
    const char *type = page_type(name);
    struct page_file *f;

    if (!type || *name == '.')
        return true;
    if (p->n == PAGE_FILES_MAX)
        return false;
    f = &p->files[p->n];
    *f = (struct page_file){.path = cs_printf(&p->arena, "%s/%s", below, name), .type = type};
    for (int coding = 0; coding < PAGE_CODINGS; coding++) {
        const char *path = cs_printf(&p->arena, "%s%s%s", folder, f->path, suffixes[coding]);
        if (!body_read(p, &f->body[coding], path))
            return false;
    }
    p->n += f->body[PAGE_PLAIN].data != NULL;
    return true;
}

/* below: "", or the name of a folder in it with its slash in front; one that does not exist is empty. */
static bool folder_read(struct pages *p, const char *folder, const char *below,
                        const char **ret_wrong)
{
    DIR *dir = opendir(cs_printf(&p->arena, "%s%s", folder, below));
    const struct dirent *entry;
    bool whole = true;

    if (!dir)
        return true;
    while (whole && (entry = readdir(dir)) != NULL) {
        if (entry->d_type == DT_DIR)
            continue;
        whole = page_add(p, folder, below, entry->d_name);
        if (!whole)
            *ret_wrong = cs_printf(&p->arena, "%s%s/%s", folder, below, entry->d_name);
    }
    closedir(dir);
    return whole;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct page_file *)a)->path, ((const struct page_file *)b)->path);
}

bool pages_load(struct pages *p, const char *folder, const char **ret_wrong)
{
    *p = (struct pages){0};
    cs_arena_init(&p->arena);
    p->files = CS_NEW(&p->arena, struct page_file, PAGE_FILES_MAX);
    if (!folder_read(p, folder, "", ret_wrong) || !folder_read(p, folder, "/assets", ret_wrong) ||
        !folder_read(p, folder, "/widget", ret_wrong))
        return false;
    qsort(p->files, p->n, sizeof(p->files[0]), compare_paths);
    /* sources without a build have an index.html, too, but not its scripts */
    if (!pages_find(p, "/widget.js"))
        p->n = 0;
    return true;
}

void pages_free(struct pages *p)
{
    cs_arena_dispose(&p->arena);
    *p = (struct pages){0};
}

/* ---- answering from it ---- */

const struct page_file *pages_find(const struct pages *p, const char *path)
{
    const struct page_file key = {.path = path};

    return p->n ? bsearch(&key, p->files, p->n, sizeof(p->files[0]), compare_paths) : NULL;
}

/* The parameters behind a word of a list, up to the next comma, hold q=0. */
static bool quality_zero(const char *parameters)
{
    const char *end = strchrnul(parameters, ',');

    for (const char *q = parameters; q + 2 < end; q++)
        if ((q[0] == 'q' || q[0] == 'Q') && q[1] == '=')
            return strtod(q + 2, NULL) <= 0;
    return false;
}

bool pages_accepts(const char *header, const char *word)
{
    size_t n = strlen(word);

    for (const char *item = header; item && *item; item += *item == ',') {
        item += strspn(item, " \t");
        size_t len = strcspn(item, " \t;,");
        if (len == n && strncasecmp(item, word, n) == 0)
            return !quality_zero(item + len);
        item = strchrnul(item, ',');
    }
    return false;
}

const struct page_body *pages_body(const struct page_file *f, const char *accept_encoding)
{
    if (f->body[PAGE_BROTLI].data && pages_accepts(accept_encoding, "br"))
        return &f->body[PAGE_BROTLI];
    if (f->body[PAGE_GZIP].data && pages_accepts(accept_encoding, "gzip"))
        return &f->body[PAGE_GZIP];
    return &f->body[PAGE_PLAIN];
}

bool pages_unchanged(const char *if_none_match, const char *etag)
{
    return if_none_match && (strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag));
}

bool pages_of_dashboard(const char *path)
{
    static const char *const others[] = {
        "/api", "/v1", "/mcp", "/ws", "/.well-known", "/assets", "/widget",
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        size_t n = strlen(others[i]);
        if (strncmp(path, others[i], n) == 0 && (path[n] == '/' || path[n] == 0))
            return false;
    }
    return true;
}

/* An origin that a policy can hold: nothing in it ends a source or a directive. */
static bool origin_plain(const char *s)
{
    if (strncmp(s, "http://", 7) != 0 && strncmp(s, "https://", 8) != 0)
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 127 || strchr(";,'\"\\", *s))
            return false;
    return true;
}

const char *pages_ancestors(struct cs_arena *a, char *const *origins, size_t n)
{
    size_t len = 0;

    if (n == 0)
        return "*";
    char *out = cs_alloc(a, ANCESTORS_MAX);
    out[0] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!origin_plain(origins[i]) || len + strlen(origins[i]) + 2 > ANCESTORS_MAX)
            continue;
        len += (size_t)snprintf(out + len, ANCESTORS_MAX - len, "%s%s", len ? " " : "", origins[i]);
    }
    return len ? out : "'none'";
}
