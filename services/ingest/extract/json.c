/*
 * JSON and JSON Lines: a record is a block of lines "name: value", nested names joined by dots. Records are the lines of
 * JSON Lines, the elements of an array, and those of the arrays in an object. A record that is long enough to be cut has
 * its first line as its head. What is no JSON is read as plain text.
 */
#include "ingest/extract/source.h"

#include "base/utf8.h"

#include <ctype.h>

enum {
    DEPTH = 64,
    PATH = 512,
    RECORD_MAX = 800, /* bytes of a record that stays one block */
    HEAD_MAX = 200,
};

struct json {
    const char *s;
    size_t len, at;
    struct emit *emit;
    struct text record;
    char path[PATH];
    bool bad;
};

/* the next character that is no white space */
static char json_peek(struct json *j)
{
    while (j->at < j->len && strchr(" \t\r\n", j->s[j->at]) && j->s[j->at])
        j->at++;
    return j->at < j->len ? j->s[j->at] : '\0';
}

static bool json_sign(struct json *j, char sign)
{
    if (json_peek(j) != sign)
        return false;
    j->at++;
    return true;
}

static uint32_t json_hex4(const struct json *j, size_t at)
{
    uint32_t c = 0;

    for (size_t i = at; i < at + 4; i++) {
        if (i >= j->len || !isxdigit((unsigned char)j->s[i]))
            return UINT32_MAX;
        c = c * 16 + (uint32_t)(isdigit((unsigned char)j->s[i]) ? j->s[i] - '0'
                                                                : (j->s[i] | 0x20) - 'a' + 10);
    }
    return c;
}

/* the escape at the back slash, as UTF-8; where it ends */
static size_t json_escape(struct json *j, size_t at, char out[CS_UTF8_MAX + 1])
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/  \n  ";
    const char *p = at + 1 < j->len && j->s[at + 1] ? strchr(from, j->s[at + 1]) : NULL;

    out[0] = out[1] = '\0';
    if (p) {
        out[0] = to[p - from];
        return at + 2;
    }
    uint32_t c = at + 1 < j->len && j->s[at + 1] == 'u' ? json_hex4(j, at + 2) : UINT32_MAX, low;
    if (c == UINT32_MAX) {
        j->bad = true;
        return j->len;
    }
    at += 6;
    if (c >= 0xd800 && c < 0xdc00 && at + 1 < j->len && j->s[at] == '\\' && j->s[at + 1] == 'u' &&
        (low = json_hex4(j, at + 2)) >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
    }
    out[cs_utf8_put(out, c == 0 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c)] = '\0';
    return at;
}

/* the string that begins here; its text is added to t */
static void json_string(struct json *j, struct text *t)
{
    char seen[CS_UTF8_MAX + 1];

    if (!json_sign(j, '"')) {
        j->bad = true;
        return;
    }
    while (j->at < j->len && j->s[j->at] != '"' && !j->bad) {
        size_t from = j->at;
        while (j->at < j->len && j->s[j->at] != '"' && j->s[j->at] != '\\')
            j->at++;
        text_words(t, j->s + from, j->at - from, from);
        if (j->at < j->len && j->s[j->at] == '\\') {
            from = j->at;
            j->at = json_escape(j, from, seen);
            text_words(t, seen, strlen(seen), from);
        }
    }
    j->bad = j->bad || j->at >= j->len;
    j->at++;
}

static bool is_word(const char *s, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(s, word, len) == 0;
}

/* a string, number or word as text */
static void json_scalar(struct json *j, struct text *t)
{
    size_t from;

    if (json_peek(j) == '"') {
        json_string(j, t);
        return;
    }
    from = j->at;
    while (j->at < j->len && (isalnum((unsigned char)j->s[j->at]) || strchr("+-.", j->s[j->at])) &&
           j->s[j->at])
        j->at++;
    const char *s = j->s + from;
    size_t len = j->at - from;
    if (len == 0 || !(isdigit((unsigned char)*s) || *s == '-' || is_word(s, len, "true") ||
                      is_word(s, len, "false") || is_word(s, len, "null")))
        j->bad = true;
    else if (!is_word(s, len, "null"))
        text_words(t, s, len, from);
}

static void json_value(struct json *j, int depth);

static void line_begin(struct json *j)
{
    text_newline(&j->record);
    if (j->path[0]) {
        text_adds(&j->record, j->path);
        text_adds(&j->record, ": ");
    }
}

/* an array of scalars is one line, of anything else a value each */
static void json_array(struct json *j, int depth)
{
    bool first = true, line = false;

    for (j->at++; json_peek(j) != ']' && !j->bad; first = false) {
        if (!first && !json_sign(j, ','))
            j->bad = true;
        char c = json_peek(j);
        if (c == '{' || c == '[') {
            json_value(j, depth + 1);
            line = false;
        } else {
            if (!line)
                line_begin(j);
            else
                text_adds(&j->record, ", ");
            json_scalar(j, &j->record);
            line = true;
        }
    }
    j->at++;
}

static void json_object(struct json *j, int depth)
{
    size_t path = strlen(j->path);
    bool first = true;

    for (j->at++; json_peek(j) != '}' && !j->bad; first = false) {
        struct text name = {0};
        if (!first && !json_sign(j, ','))
            j->bad = true;
        json_string(j, &name);
        if (!json_sign(j, ':'))
            j->bad = true;
        size_t n = cs_utf8_cut(name.buf.len ? name.buf.data : "", name.buf.len, 100);
        snprintf(j->path + path, PATH - path, "%s%.*s", path ? "." : "", (int)n,
                 n ? name.buf.data : "");
        j->path[cs_utf8_cut(j->path, strlen(j->path), PATH - 8)] = '\0';
        text_free(&name);
        if (!j->bad)
            json_value(j, depth + 1);
        j->path[path] = '\0';
    }
    j->at++;
}

static void json_value(struct json *j, int depth)
{
    char c = json_peek(j);

    if (depth > DEPTH) {
        j->bad = true;
    } else if (c == '{') {
        json_object(j, depth);
    } else if (c == '[') {
        json_array(j, depth);
    } else {
        size_t before = j->record.buf.len;
        line_begin(j);
        size_t named = j->record.buf.len;
        json_scalar(j, &j->record);
        if (j->record.buf.len == named) /* no value, no line */
            text_end(&j->record, before);
    }
}

static void record_emit(struct json *j)
{
    const struct cs_buf *b = &j->record.buf;
    struct text line = {0};

    if (b->len <= RECORD_MAX) {
        emit_block(j->emit, BLOCK_PARAGRAPH, 0, 0, NULL, &j->record);
        return;
    }
    for (size_t from = 0, end; from < b->len; from = end + 1) {
        const char *nl = memchr(b->data + from, '\n', b->len - from);
        end = nl ? (size_t)(nl - b->data) : b->len;
        bool head = from == 0 && end <= HEAD_MAX;
        text_copy(&line, &j->record, from, end);
        emit_block(j->emit, BLOCK_ROW, 0, (from ? 0 : BLOCK_FIRST) | (head ? BLOCK_HEAD : 0), NULL,
                   &line);
    }
    text_free(&line);
    text_clear(&j->record);
}

static void record_read(struct json *j)
{
    j->path[0] = '\0';
    json_value(j, 0);
    if (!j->bad)
        record_emit(j);
}

static void array_records(struct json *j)
{
    bool first = true;

    for (j->at++; json_peek(j) != ']' && !j->bad && !j->emit->full; first = false) {
        if (!first && !json_sign(j, ','))
            j->bad = true;
        else
            record_read(j);
    }
    j->at++;
}

/* whether the array that begins here has objects */
static bool has_objects(struct json *j)
{
    size_t at = j->at++;
    bool objects = json_peek(j) == '{';

    j->at = at;
    return objects;
}

/* members with records are sections; the others together are one record */
static void object_records(struct json *j)
{
    bool first = true;

    for (j->at++; json_peek(j) != '}' && !j->bad && !j->emit->full; first = false) {
        struct text name = {0};
        if (!first && !json_sign(j, ','))
            j->bad = true;
        json_string(j, &name);
        if (!json_sign(j, ':'))
            j->bad = true;
        if (!j->bad && json_peek(j) == '[' && has_objects(j)) {
            if (j->record.buf.len)
                record_emit(j);
            emit_block(j->emit, BLOCK_HEADING, 1, 0, NULL, &name);
            array_records(j);
        } else if (!j->bad) {
            snprintf(j->path, PATH, "%.100s", name.buf.len ? name.buf.data : "");
            j->path[cs_utf8_cut(j->path, strlen(j->path), 100)] = '\0';
            json_value(j, 1);
            j->path[0] = '\0';
        }
        text_free(&name);
    }
    j->at++;
    if (j->record.buf.len && !j->bad)
        record_emit(j);
}

/* whether one value is all there is: JSON Lines has one on each line */
static bool is_single(const struct json *j)
{
    int depth = 0;
    bool quoted = false;

    for (size_t i = j->at; i < j->len; i++) {
        char c = j->s[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && --depth == 0)
            return strspn(j->s + i + 1, " \t\r\n") == j->len - i - 1;
    }
    return true;
}

const char *json_read(const struct source *s, struct emit *e)
{
    struct json j = {.s = s->text, .len = s->text_len, .emit = e};
    size_t good = 0;

    e->sourced = s->verbatim;
    while (json_peek(&j) && !j.bad && !e->full) {
        char c = json_peek(&j);
        bool single = good == 0 && (c == '[' || c == '{') && is_single(&j);
        if (single && c == '[')
            array_records(&j);
        else if (single)
            object_records(&j);
        else
            record_read(&j);
        if (!j.bad)
            good = j.at;
    }
    text_free(&j.record);
    if (!j.bad)
        return NULL;
    if (e->sourced && e->n_blocks && e->last_end - e->base > good)
        good = e->last_end - e->base;
    return plain_rest(s, e, good);
}
