/* A recursive comparison that reports the first difference with its path. */
#include "match.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static bool differ(struct cs_buf *why, const char *path, const char *expected, const json_t *actual)
{
    char *text = actual ? json_dumps(actual, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    cs_buf_addf(why, "%s: expected %s, got %.600s", *path ? path : "the body", expected,
                text ? text : "nothing");
    free(text);
    return false;
}

static bool matches_regex(const char *pattern, const char *text)
{
    regex_t re;
    char *p = strndup(pattern + 1, strlen(pattern) - 2);
    bool ok = p && regcomp(&re, p, REG_EXTENDED | REG_NOSUB) == 0;

    if (ok) {
        ok = regexec(&re, text, 0, NULL, 0) == 0;
        regfree(&re);
    }
    free(p);
    return ok;
}

/* The name behind the $ of a string that is only that, or NULL. */
static const char *lone_name(const char *s)
{
    if (*s != '$' || !s[1])
        return NULL;
    for (const char *p = s + 1; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return NULL;
    return s + 1;
}

static bool match_string(struct vars *v, const char *e, const json_t *actual, const char *path,
                         struct cs_buf *why)
{
    const char *text = json_string_value(actual), *name = lone_name(e);
    CS_BUF_AUTO struct cs_buf expanded = {0};

    if (strcmp(e, "*") == 0)
        return actual && !json_is_null(actual) ? true : differ(why, path, "something", actual);
    if (!text)
        return differ(why, path, e, actual);
    if (name && !vars_get(v, name)) {
        vars_set(v, name, text);
        return true;
    }
    vars_expand(v, e, &expanded);
    if (e[0] == '/' && strlen(e) > 2 && e[strlen(e) - 1] == '/')
        return matches_regex(expanded.data, text) ? true : differ(why, path, e, actual);
    return strcmp(expanded.data ? expanded.data : "", text) == 0
               ? true
               : differ(why, path, expanded.data ? expanded.data : "\"\"", actual);
}

static bool match_at(struct vars *v, const json_t *e, const json_t *actual, const char *path,
                     struct cs_buf *why);

static bool match_object(struct vars *v, const json_t *e, const json_t *actual, const char *path,
                         struct cs_buf *why)
{
    const char *key;
    json_t *item;

    if (!json_is_object(actual))
        return differ(why, path, "an object", actual);
    json_object_foreach((json_t *)e, key, item) {
        CS_BUF_AUTO struct cs_buf below = {0};
        cs_buf_addf(&below, "%s%s%s", path, *path ? "." : "", key);
        if (!match_at(v, item, json_object_get(actual, key), below.data, why))
            return false;
    }
    return true;
}

static bool match_array(struct vars *v, const json_t *e, const json_t *actual, const char *path,
                        struct cs_buf *why)
{
    size_t n = json_array_size(e);
    const char *last = n ? json_string_value(json_array_get(e, n - 1)) : NULL;
    bool open = last && strcmp(last, "...") == 0;

    if (open)
        n--;
    if (!json_is_array(actual) ||
        (open ? json_array_size(actual) < n : json_array_size(actual) != n)) {
        CS_BUF_AUTO struct cs_buf wanted = {0};
        cs_buf_addf(&wanted, "%zu items", n);
        return differ(why, path, wanted.data, actual);
    }
    for (size_t i = 0; i < n; i++) {
        CS_BUF_AUTO struct cs_buf below = {0};
        cs_buf_addf(&below, "%s[%zu]", path, i);
        if (!match_at(v, json_array_get(e, i), json_array_get(actual, i), below.data, why))
            return false;
    }
    return true;
}

static bool match_at(struct vars *v, const json_t *e, const json_t *actual, const char *path,
                     struct cs_buf *why)
{
    char *text;
    bool ok;

    if (json_is_string(e))
        return match_string(v, json_string_value(e), actual, path, why);
    if (json_is_object(e))
        return match_object(v, e, actual, path, why);
    if (json_is_array(e))
        return match_array(v, e, actual, path, why);
    if (json_equal(e, actual) || (json_is_null(e) && !actual) ||
        (json_is_number(e) && json_is_number(actual) &&
         json_number_value(e) == json_number_value(actual)))
        return true;
    text = json_dumps(e, JSON_ENCODE_ANY);
    ok = differ(why, path, text ? text : "?", actual);
    free(text);
    return ok;
}

bool match(struct vars *v, const json_t *expected, const json_t *actual, struct cs_buf *why)
{
    return match_at(v, expected, actual, "", why);
}
