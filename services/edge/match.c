/* The segments of a path compared with those of each route, and parameters decoded. */
#include "edge/routes.h"

#include <string.h>

enum { SEGMENTS = 12 };

struct segment {
    const char *p;
    size_t n;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool route_decode(const char *s, size_t n, char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i];
        if (c == '%') {
            if (n - i < 3 || hex_digit(s[i + 1]) < 0 || hex_digit(s[i + 2]) < 0)
                return false;
            c = hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]);
            i += 2;
        }
        if (c < ' ' || c == 127 || len + 1 >= size)
            return false;
        out[len++] = (char)c;
    }
    out[len] = 0;
    return true;
}

/* -1: more than any route has. A trailing slash makes a last, empty segment. */
static int path_split(const char *path, struct segment out[SEGMENTS])
{
    int n = 0;

    if (*path != '/')
        return -1;
    while (*path == '/') {
        const char *end = strchrnul(++path, '/');
        if (n == SEGMENTS)
            return -1;
        out[n++] = (struct segment){path, (size_t)(end - path)};
        path = end;
    }
    return n;
}

static bool route_fits(const char *pattern, const struct segment *path, int n,
                       struct route_match *m)
{
    struct segment parts[SEGMENTS];

    m->n_params = 0;
    if (path_split(pattern, parts) != n)
        return false;
    for (int i = 0; i < n; i++) {
        const struct segment *t = &parts[i], *s = &path[i];
        if (t->n > 2 && t->p[0] == '{') {
            struct route_param *p = &m->params[m->n_params];
            if (s->n == 0 || m->n_params == ROUTE_PARAMS || t->n - 2 >= sizeof(p->name))
                return false;
            memcpy(p->name, t->p + 1, t->n - 2);
            p->name[t->n - 2] = 0;
            m->n_params++;
            if (!route_decode(s->p, s->n, p->value, sizeof(p->value)))
                return false;
        } else if (t->n != s->n || memcmp(t->p, s->p, t->n) != 0) {
            return false;
        }
    }
    return true;
}

void route_find(enum http_method method, const char *path, struct route_match *ret)
{
    enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
    struct segment segments[SEGMENTS];
    struct route_match m = {0};
    int n = path_split(path, segments);

    *ret = (struct route_match){0};
    for (size_t i = 0; n > 0 && i < n_routes; i++) {
        const struct route *r = &routes[i];
        if (!route_fits(r->path, segments, n, &m))
            continue;
        bool head =
            r->method == HTTP_GET && !(r->flags & (ROUTE_WATCH | ROUTE_FOLLOW | ROUTE_SOCKET));
        ret->methods |= 1u << r->method | (head ? 1u << HTTP_HEAD : 0);
        if (r->method != wanted || ret->route || (method == HTTP_HEAD && !head))
            continue;
        m.methods = ret->methods;
        m.route = r;
        *ret = m;
    }
}

bool route_is_id(const char *name)
{
    size_t n = strlen(name);

    return strcmp(name, "id") == 0 || (n > 3 && strcmp(name + n - 3, "_id") == 0);
}

void route_allow(unsigned methods, char out[ROUTE_ALLOW_SIZE])
{
    size_t n = 0;

    out[0] = 0;
    for (int m = HTTP_GET; m < HTTP_OTHER; m++) {
        if (methods & 1u << m)
            n += (size_t)snprintf(out + n, ROUTE_ALLOW_SIZE - n, "%s%s", n ? ", " : "",
                                  http_method_name((enum http_method)m));
    }
}
