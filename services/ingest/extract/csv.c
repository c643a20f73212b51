/* Tables as text (CSV, TSV): a record is a table row, and the first one names the columns. */
#include "ingest/extract/source.h"

enum { SAMPLE_LINES = 20, CELLS_MAX = 4096 };

/* how often a sign stands outside of quotes in each of the first lines: the same number, or it is no delimiter */
static int delimiter_share(const char *text, size_t len, char sign)
{
    int lines = 0, per_line = 0, now = 0, kept = 0;
    bool quoted = false;

    for (size_t i = 0; i <= len && lines < SAMPLE_LINES; i++) {
        if (i < len && text[i] == '"')
            quoted = !quoted;
        else if (i < len && text[i] == sign && !quoted)
            now++;
        else if (i == len || (text[i] == '\n' && !quoted)) {
            if (lines++ == 0)
                per_line = now;
            kept += now == per_line;
            now = 0;
        }
    }
    return per_line == 0 ? 0 : 100 * kept / lines + (per_line < 50 ? per_line : 50);
}

static char delimiter_of(const struct source *s)
{
    static const char signs[] = ",;\t|";
    char best = ',';
    int most = 0;

    for (const char *sign = signs; *sign; sign++) {
        int share = delimiter_share(s->text, s->text_len, *sign);
        if (share > most) {
            best = *sign;
            most = share;
        }
    }
    return best;
}

/* One cell from *at on, without its quotes; behind it, *at is at the delimiter or the line end. */
static void cell_read(const struct source *s, size_t *at, char delimiter, struct text *t)
{
    size_t i = *at;
    const char *x = s->text;

    while (i < s->text_len && x[i] == ' ')
        i++;
    if (i < s->text_len && x[i] == '"') {
        for (i++; i < s->text_len; i++) {
            size_t from = i;
            while (i < s->text_len && x[i] != '"')
                i++;
            text_words(t, x + from, i - from, from);
            if (i + 1 >= s->text_len || x[i + 1] != '"')
                break;
            text_words(t, "\"", 1, i++); /* two of them stand for one */
        }
        i += i < s->text_len;
    }
    size_t from = i;
    while (i < s->text_len && x[i] != delimiter && x[i] != '\n')
        i++;
    text_words(t, x + from, i - from, from);
    *at = i;
}

/* One record; false: none of its cells has text. */
static bool record_read(const struct source *s, size_t *at, char delimiter, struct text *t,
                        int *ret_cells)
{
    size_t filled = 0;
    int cells = 0;

    text_adds(t, "|");
    for (;; ++*at) {
        size_t before = t->buf.len;
        if (++cells <= CELLS_MAX) {
            text_adds(t, " ");
            cell_read(s, at, delimiter, t);
            t->gap = false;
            bool full = t->buf.len > before + 1;
            text_adds(t, " |");
            if (full) {
                filled = t->buf.len;
                *ret_cells = cells;
            }
        } else {
            struct text skipped = {0};
            cell_read(s, at, delimiter, &skipped);
            text_free(&skipped);
        }
        if (*at >= s->text_len || s->text[*at] == '\n')
            break;
    }
    *at += *at < s->text_len;
    text_end(t, filled);
    return filled > 0;
}

const char *csv_read(const struct source *s, struct emit *e)
{
    char delimiter = delimiter_of(s);
    struct text t = {0};
    int n = 0, cells = 0;

    e->sourced = s->verbatim;
    for (size_t at = 0; at < s->text_len && !e->full;) {
        text_clear(&t);
        if (!record_read(s, &at, delimiter, &t, &cells))
            continue;
        bool head = n++ == 0;
        if (head) {
            text_adds(&t, "\n|");
            for (int i = 0; i < cells; i++)
                text_adds(&t, "---|");
        }
        emit_block(e, BLOCK_ROW, 0, head ? BLOCK_HEAD | BLOCK_FIRST : 0, NULL, &t);
    }
    text_free(&t);
    return NULL;
}
