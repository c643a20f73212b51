/* static: the front page, and Swagger UI from the files of its package. */
#include "edge/local.h"

#include "edge/answer.h"

#include "base/file.h"

#include <string.h>

enum { FILE_MAX_BYTES = 8 * 1024 * 1024 };

static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; "
                             "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
                             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* only these are served; no name of a request ever becomes a path */
static const struct page {
    const char *name, *type;
    bool package; /* of swagger-ui-dist */
} pages[] = {
    {"docs.html", "text/html; charset=utf-8", false},
    {"docs.js", "text/javascript; charset=utf-8", false},
    {"docs.css", "text/css; charset=utf-8", false},
    {"swagger-ui.css", "text/css; charset=utf-8", true},
    {"swagger-ui-bundle.js", "text/javascript; charset=utf-8", true},
    {"favicon-32x32.png", "image/png", true},
};

/* installed, the package's files stand in swagger/; in the sources where npm puts them */
static const char *read_page(struct request *r, const struct page *p, size_t *ret_len)
{
    static const char *const folders[] = {"swagger", "node_modules/swagger-ui-dist"};
    struct cs_arena *a = r->http->arena;
    const char *dir = r->edge->shared->web_dir, *text = NULL;

    if (!p->package)
        return cs_file_read(a, cs_printf(a, "%s/%s", dir, p->name), FILE_MAX_BYTES, ret_len);
    for (size_t i = 0; !text && i < sizeof(folders) / sizeof(folders[0]); i++)
        text = cs_file_read(a, cs_printf(a, "%s/%s/%s", dir, folders[i], p->name), FILE_MAX_BYTES,
                            ret_len);
    return text;
}

static void page_serve(struct request *r, const char *name)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        size_t len = 0;
        if (strcmp(pages[i].name, name) != 0)
            continue;
        const char *text = read_page(r, &pages[i], &len);
        if (!text)
            break;
        http_set_header(r->http, "content-security-policy", policy);
        http_set_header(r->http, "cache-control", "public, max-age=300");
        answer_body(r, 200, pages[i].type, text, len);
        return;
    }
    problem_simple(r, CS_NOT_FOUND, "There is no such file.");
}

void static_docs(struct request *r)
{
    page_serve(r, "docs.html");
}

void static_docs_file(struct request *r)
{
    page_serve(r, r->match.params[0].value);
}

void static_home(struct request *r)
{
    static const char text[] =
        "{\"name\":\"ChatSphere\",\"api\":\"/api/v1\",\"docs\":\"/api/docs\","
        "\"openapi\":\"/api/openapi.json\",\"status\":\"/api/v1/status\"}";

    answer_body(r, 200, "application/json", text, sizeof(text) - 1);
}
