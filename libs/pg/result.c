/* Columns of a result in C's types, arrays as parameters, and cursors of lists. */
#include "pg/pg.h"

#include "base/buf.h"
#include "base/id.h"
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CURSOR = 200 };

const char *cs_pg_text(const PGresult *r, int row, int col)
{
    return PQgetisnull(r, row, col) ? NULL : PQgetvalue(r, row, col);
}

int64_t cs_pg_i64(const PGresult *r, int row, int col)
{
    return strtoll(PQgetvalue(r, row, col), NULL, 10);
}

bool cs_pg_bool(const PGresult *r, int row, int col)
{
    return PQgetvalue(r, row, col)[0] == 't';
}

static unsigned hex_nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* the server writes bytea as \x and lower-case digits */
void *cs_pg_bytes(struct cs_arena *a, const PGresult *r, int row, int col, size_t *ret_len)
{
    const char *hex = PQgetvalue(r, row, col);
    size_t n = (size_t)PQgetlength(r, row, col);
    unsigned char *out;

    *ret_len = 0;
    if (PQgetisnull(r, row, col) || n < 2)
        return NULL;
    n = (n - 2) / 2;
    out = cs_alloc(a, n + 1);
    hex += 2;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)(hex_nibble(hex[2 * i]) << 4 | hex_nibble(hex[2 * i + 1]));
    *ret_len = n;
    return out;
}

/*
 * Copies one item of a text[] literal from *at to `out`; *at is then behind it and its comma.
 * Returns the end of the copy, terminator included. NULL is copied as "".
 */
static char *copy_item(char *out, const char **at)
{
    const char *s = *at;
    bool quoted = *s == '"';
    char *p = out;

    s += quoted;
    for (; *s && (quoted ? *s != '"' : *s != ',' && *s != '}'); s++) {
        if (quoted && *s == '\\' && s[1])
            s++;
        *p++ = *s;
    }
    *p = '\0';
    if (!quoted && strcmp(out, "NULL") == 0)
        *out = '\0';
    s += quoted && *s == '"';
    *at = s + (*s == ',');
    return p + 1;
}

static size_t count_items(const char *s)
{
    size_t n = s[1] == '}' ? 0 : 1;
    bool quoted = false;

    for (; *s; s++) {
        if (*s == '\\' && s[1])
            s++;
        else if (*s == '"')
            quoted = !quoted;
        else if (*s == ',' && !quoted)
            n++;
    }
    return n;
}

char **cs_pg_texts(struct cs_arena *a, const PGresult *r, int row, int col, size_t *ret_n)
{
    const char *s = PQgetvalue(r, row, col);
    char **items, *out;

    *ret_n = *s == '{' ? count_items(s) : 0;
    items = CS_NEW(a, char *, *ret_n + 1);
    /* without braces, commas and quotes, but with terminators, it is no longer than the literal */
    out = cs_alloc(a, strlen(s) + 1);
    s++;
    for (size_t i = 0; i < *ret_n; i++) {
        items[i] = out;
        out = copy_item(out, &s);
    }
    return items;
}

const char *cs_pg_array(struct cs_arena *a, char *const *items, size_t n)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_adds(&b, "{");
    for (size_t i = 0; i < n; i++) {
        cs_buf_adds(&b, i > 0 ? "," : "");
        if (!items[i]) {
            cs_buf_adds(&b, "NULL");
            continue;
        }
        cs_buf_adds(&b, "\"");
        for (const char *s = items[i]; *s; s++) {
            if (*s == '"' || *s == '\\')
                cs_buf_adds(&b, "\\");
            cs_buf_add(&b, s, 1);
        }
        cs_buf_adds(&b, "\"");
    }
    cs_buf_adds(&b, "}");
    return cs_strdup(a, b.data);
}

char *cs_pg_cursor(struct cs_arena *a, int64_t created_ms, const char *id)
{
    const char *text = cs_printf(a, "%lld,%s", (long long)created_ms, id);

    return cs_base64url(a, text, strlen(text));
}

bool cs_pg_cursor_parse(struct cs_arena *a, const char *cursor, int64_t *ret_ms,
                        const char **ret_id)
{
    size_t n, digits;
    char *text;

    if (strnlen(cursor, MAX_CURSOR + 1) > MAX_CURSOR || !(text = cs_base64url_parse(a, cursor, &n)))
        return false;
    text = cs_strndup(a, text, n);
    digits = strspn(text, "0123456789");
    if (strlen(text) != n || digits == 0 || digits > 15 || text[digits] != ',' ||
        !cs_id_valid(text + digits + 1))
        return false;
    *ret_ms = strtoll(text, NULL, 10);
    *ret_id = text + digits + 1;
    return true;
}
