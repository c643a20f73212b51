/* static: the API pages: Swagger UI and Redoc, from the files of their packages. */
#include "edge/local.h"

#include "edge/answer.h"

#include "base/file.h"

#include <string.h>

enum { FILE_MAX_BYTES = 8 * 1024 * 1024 };

/* Redoc inserts two fixed style elements, an empty one and that of its scroll bars, by these hashes. */
#define REDOC_STYLES                                                                               \
    " 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"                                       \
    " 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
#define POLICY(styles_)                                                                            \
    "default-src 'none'; script-src 'self'; style-src 'self'" styles_                              \
    "; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; "               \
    "form-action 'none'; frame-ancestors 'none'"

static const char html[] = "text/html; charset=utf-8", script[] = "text/javascript; charset=utf-8",
                  style[] = "text/css; charset=utf-8";

/* Only these are served: no name of a request becomes a path. */
static const struct page {
    const char *name, *type;
    const char *package; /* its folder below node_modules; NULL: a file of our own */
    const char *policy;
} pages[] = {
    {"docs.html", html, NULL, POLICY("")},
    {"docs.js", script, NULL, POLICY("")},
    {"docs.css", style, NULL, POLICY("")},
    {"redoc.html", html, NULL, POLICY(REDOC_STYLES)},
    {"redoc.js", script, NULL, POLICY("")},
    {"swagger-ui.css", style, "swagger-ui-dist", POLICY("")},
    {"swagger-ui-bundle.js", script, "swagger-ui-dist", POLICY("")},
    {"favicon-32x32.png", "image/png", "swagger-ui-dist", POLICY("")},
    {"redoc.standalone.js", script, "redoc/bundles", POLICY("")},
};

/* Installed files of packages are in packages/; in the sources they are below node_modules. */
static const char *read_page(struct request *r, const struct page *p, size_t *ret_len)
{
    struct cs_arena *a = r->http->arena;
    const char *dir = r->edge->shared->web_dir, *text;

    if (!p->package)
        return cs_file_read(a, cs_printf(a, "%s/%s", dir, p->name), FILE_MAX_BYTES, ret_len);
    text = cs_file_read(a, cs_printf(a, "%s/packages/%s", dir, p->name), FILE_MAX_BYTES, ret_len);
    if (text)
        return text;
    return cs_file_read(a, cs_printf(a, "%s/node_modules/%s/%s", dir, p->package, p->name),
                        FILE_MAX_BYTES, ret_len);
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
        http_set_header(r->http, "content-security-policy", pages[i].policy);
        http_set_header(r->http, "cache-control", "public, max-age=300");
        answer_body(r, 200, pages[i].type, text, len);
        return;
    }
    answer_error(r, CS_NOT_FOUND, "The file does not exist.");
}

void static_docs(struct request *r)
{
    page_serve(r, "docs.html");
}

void static_redoc(struct request *r)
{
    page_serve(r, "redoc.html");
}

void static_docs_file(struct request *r)
{
    page_serve(r, r->match.params[0].value);
}
