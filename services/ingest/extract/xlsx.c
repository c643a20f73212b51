/*
 * Workbooks (XLSX): a sheet is a section, a row a table row, and the first row with text names the
 * columns. Numbers that are shown as dates are dates.
 */
#include "ingest/extract/relations.h"

#include "ingest/extract/flow.h"

#include "base/grow.h"

#include <ctype.h>

enum { SHEETS = 500, FORMATS = 4096, COLUMNS = 16384, COLUMN_GAP = 64 };

struct xlsx {
    struct flow flow;
    struct cs_arena *arena;
    struct {
        const char *name, *id;
    } sheets[SHEETS];
    size_t n_sheets;
    bool date_1904;
    /* shared strings: where each begins in text */
    struct cs_buf text;
    uint32_t *strings, n_strings, room;
    /* formats of cells that are dates */
    struct {
        int id;
        bool date;
    } formats[FORMATS];
    size_t n_formats;
    bool dates[FORMATS];
    size_t n_dates;
    bool in_cell_formats;
    /* of the sheet */
    char type[12];
    int style, column, next_column;
    bool in_value, in_phonetic;
    struct cs_buf value;
    bool headed;
};

static bool name_is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- workbook.xml, sharedStrings.xml, styles.xml ---- */

static void workbook_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct xlsx *x = arg;

    if (name_is(name, "workbookPr"))
        x->date_1904 = name_is(xml_attribute(r, "date1904"), "1") ||
                       name_is(xml_attribute(r, "date1904"), "true");
    if (name_is(name, "sheet") && x->n_sheets < SHEETS &&
        !name_is(xml_attribute(r, "state"), "hidden") &&
        !name_is(xml_attribute(r, "state"), "veryHidden")) {
        x->sheets[x->n_sheets].name = cs_strdup(x->arena, xml_attribute(r, "name"));
        x->sheets[x->n_sheets++].id = cs_strdup(x->arena, xml_attribute(r, "id"));
    }
}

static void strings_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct xlsx *x = arg;

    (void)r;
    if (name_is(name, "si")) {
        x->strings = grow(x->strings, &x->room, x->n_strings + 1, sizeof(*x->strings));
        cs_buf_add(&x->text, "\0", 1);
        x->strings[x->n_strings++] = (uint32_t)x->text.len;
    }
    if (name_is(name, "t"))
        x->in_value = true;
    if (name_is(name, "rPh"))
        x->in_phonetic = true;
}

static void strings_end(void *arg, const char *name)
{
    struct xlsx *x = arg;

    if (name_is(name, "t"))
        x->in_value = false;
    if (name_is(name, "rPh"))
        x->in_phonetic = false;
}

static void strings_text(void *arg, const char *text, size_t len)
{
    struct xlsx *x = arg;

    if (x->in_value && !x->in_phonetic)
        cs_buf_add(&x->text, text, len);
}

/* a format code with a day, month, year or hour outside of quotes and brackets */
static bool is_date_code(const char *code)
{
    for (bool quoted = false, bracket = false; *code; code++) {
        if (*code == '"')
            quoted = !quoted;
        else if (*code == '[' || *code == ']')
            bracket = *code == '[';
        else if (*code == '\\' && code[1])
            code++;
        else if (!quoted && !bracket && strchr("dyhDYH", *code))
            return true;
    }
    return false;
}

static bool is_date_format(const struct xlsx *x, int id)
{
    for (size_t i = 0; i < x->n_formats; i++)
        if (x->formats[i].id == id)
            return x->formats[i].date;
    return (id >= 14 && id <= 22) || (id >= 45 && id <= 47);
}

static void styles_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct xlsx *x = arg;

    if (name_is(name, "numFmt") && x->n_formats < FORMATS) {
        x->formats[x->n_formats].id = (int)strtol(xml_attribute(r, "numFmtId"), NULL, 10);
        x->formats[x->n_formats++].date = is_date_code(xml_attribute(r, "formatCode"));
    } else if (name_is(name, "cellXfs")) {
        x->in_cell_formats = true;
    } else if (name_is(name, "xf") && x->in_cell_formats && x->n_dates < FORMATS) {
        x->dates[x->n_dates++] =
            is_date_format(x, (int)strtol(xml_attribute(r, "numFmtId"), NULL, 10));
    }
}

static void styles_end(void *arg, const char *name)
{
    if (name_is(name, "cellXfs"))
        ((struct xlsx *)arg)->in_cell_formats = false;
}

/* ---- sheets ---- */

/* the number of the column in a reference such as AB12, from 0; -1: none */
static int column_of(const char *reference)
{
    int n = 0;

    for (; isupper((unsigned char)*reference) && n < COLUMNS; reference++)
        n = n * 26 + (*reference - 'A' + 1);
    return n - 1;
}

static void sheet_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct xlsx *x = arg;

    if (name_is(name, "row")) {
        flow_row(&x->flow);
        x->next_column = 0;
    } else if (name_is(name, "c")) {
        snprintf(x->type, sizeof(x->type), "%s", xml_attribute(r, "t"));
        x->style = (int)strtol(xml_attribute(r, "s"), NULL, 10);
        x->column = column_of(xml_attribute(r, "r"));
        cs_buf_clear(&x->value);
    } else if (name_is(name, "v") || name_is(name, "t")) {
        x->in_value = true;
    } else if (name_is(name, "rPh")) {
        x->in_phonetic = true;
    }
}

static void sheet_text(void *arg, const char *text, size_t len)
{
    struct xlsx *x = arg;

    if (x->in_value && !x->in_phonetic)
        cs_buf_add(&x->value, text, len);
}

/* a day number as 2026-03-14, with the time if it has one */
static bool date_text(const struct xlsx *x, const char *value, char *out, size_t size)
{
    char *end;
    double days = strtod(value, &end);
    struct tm tm;

    if (*end || days < 0 || days > 2958466)
        return false;
    if (days < 1) { /* a time of day */
        int minutes = (int)(days * 1440 + 0.5);
        snprintf(out, size, "%02d:%02d", minutes / 60, minutes % 60);
        return true;
    }
    double seconds = (days - (x->date_1904 ? 24107 : 25569)) * 86400;
    time_t t = (time_t)(seconds + (seconds < 0 ? -0.5 : 0.5));
    if (!gmtime_r(&t, &tm))
        return false;
    strftime(out, size, tm.tm_hour || tm.tm_min ? "%Y-%m-%d %H:%M" : "%Y-%m-%d", &tm);
    return true;
}

static const char *cell_text(const struct xlsx *x, char *out, size_t size)
{
    const char *value = x->value.len ? x->value.data : "";

    if (name_is(x->type, "s")) {
        unsigned long i = strtoul(value, NULL, 10);
        return i < x->n_strings ? x->text.data + x->strings[i] : "";
    }
    if (name_is(x->type, "b"))
        return name_is(value, "1") ? "TRUE" : "FALSE";
    bool number = x->type[0] == '\0' || name_is(x->type, "n");
    bool date = number && x->style >= 0 && (size_t)x->style < x->n_dates && x->dates[x->style];
    return *value && date && date_text(x, value, out, size) ? out : value;
}

static void cell_done(struct xlsx *x)
{
    char date[40];
    const char *text = cell_text(x, date, sizeof(date));

    if (!*text)
        return;
    int gap = x->column - x->next_column;
    for (int i = 0; i < gap && i < COLUMN_GAP; i++) {
        flow_cell(&x->flow);
        flow_cell_end(&x->flow);
    }
    flow_cell(&x->flow);
    text_words(&x->flow.block, text, strlen(text), NO_SOURCE);
    flow_cell_end(&x->flow);
    x->next_column = x->column >= 0 ? x->column + 1 : x->next_column + 1;
}

static void sheet_end(void *arg, const char *name)
{
    struct xlsx *x = arg;

    if (name_is(name, "v") || name_is(name, "t")) {
        x->in_value = false;
    } else if (name_is(name, "rPh")) {
        x->in_phonetic = false;
    } else if (name_is(name, "c")) {
        cell_done(x);
    } else if (name_is(name, "row")) {
        bool head = !x->headed && x->flow.full_cells > 1;
        x->headed = x->headed || head;
        flow_row_end(&x->flow, head);
    }
}

static bool xlsx_part(const struct source *s, const char *member, const struct xml_events *events,
                      struct xlsx *x)
{
    size_t len;
    char *xml = archive_member(s, member, &len);
    bool whole = xml && xml_walk(xml, len, events, x);

    free(xml);
    return whole;
}

const char *xlsx_read(const struct source *s, struct emit *e)
{
    static const struct xml_events workbook = {.start = workbook_start},
                                   styles = {styles_start, styles_end, NULL},
                                   strings = {strings_start, strings_end, strings_text},
                                   sheet = {sheet_start, sheet_end, sheet_text};
    struct xlsx *x = cs_alloc(s->arena, sizeof(*x));
    const char *reason = NULL;

    x->flow.emit = e;
    x->arena = s->arena;
    core_properties(s, e, "docProps/core.xml");
    if (!xlsx_part(s, "xl/workbook.xml", &workbook, x))
        return archive_reason(s);
    xlsx_part(s, "xl/styles.xml", &styles, x);
    xlsx_part(s, "xl/sharedStrings.xml", &strings, x);
    struct relations r = relations_read(s, "xl/workbook.xml");
    for (size_t i = 0; i < x->n_sheets && !e->full && !reason; i++) {
        const char *member = relations_target(&r, x->sheets[i].id);
        e->page = (int)i + 1;
        text_words(&x->flow.block, x->sheets[i].name, strlen(x->sheets[i].name), NO_SOURCE);
        flow_end(&x->flow, BLOCK_HEADING, 1, 0);
        flow_table(&x->flow);
        x->headed = false;
        if (!member || !xlsx_part(s, member, &sheet, x))
            reason = archive_reason(s);
    }
    flow_free(&x->flow);
    cs_buf_free(&x->text);
    cs_buf_free(&x->value);
    free(x->strings);
    return reason;
}
