/* relevance: what each ranking finds of questions whose answers are known, over texts cut into chunks as ingest does. */
#include "../support/blocks.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "retrieve/lexical.h"
#include "retrieve/rank.h"
#include "text/character.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DEPTH = 10, COLUMNS = 4, TYPOS = 2, LEAST_LETTERS = 5 };

static struct {
    struct cs_arena a;
    struct snapshot *snapshot;
    char **texts; /* of each chunk: headings and body, white space squeezed */
    size_t n, room;
    FILE *chunks, *ranks, *gold, *fts, *pg;
} world;

static void die(const char *what, const char *name)
{
    fprintf(stderr, "relevance: %s: %s\n", what, name);
    exit(1);
}

static FILE *open_out(const char *dir, const char *name)
{
    FILE *f = fopen(cs_printf(&world.a, "%s/%s", dir, name), "w");

    if (!f)
        die("cannot write", name);
    return f;
}

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "r");
    struct cs_buf b = {0};
    char part[65536];

    if (!f)
        die("cannot read", path);
    for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
        cs_buf_add(&b, part, n);
    fclose(f);
    *ret_len = b.len;
    char *copy = cs_memdup(&world.a, b.data ? b.data : "", b.len + 1);
    cs_buf_free(&b);
    return copy;
}

/* One line, as COPY and the import of SQLite read it. */
static char *squeezed(const char *s, size_t n)
{
    char *out = cs_alloc(&world.a, n + 1);
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        bool blank = isspace((unsigned char)s[i]) || s[i] == '\\' || s[i] == '"';
        if (!blank)
            out[at++] = s[i];
        else if (at > 0 && out[at - 1] != ' ')
            out[at++] = ' ';
    }
    return out;
}

static const char *pg_config(const char *language)
{
    static const char *const configs[][2] = {
        {"en", "english"}, {"de", "german"}, {"fr", "french"}, {"ru", "russian"}, {"ar", "arabic"}};

    for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++)
        if (strcmp(configs[i][0], language) == 0)
            return configs[i][1];
    return "simple";
}

static void add_text(const char *path, int size)
{
    size_t len;
    char *data = read_file(path, &len);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    struct blocks blocks = blocks_of(&world.a, name, NULL, data, len);
    struct chunk *k;

    if (blocks.reason)
        die(blocks.reason, path);
    size_t n = chunks_of(&world.a, &blocks, chunk_sizes(size, 0), &k);
    for (size_t i = 0; i < n; i++) {
        const char *body = k[i].text;
        size_t bytes = k[i].len;
        enum cs_language language = cs_language_of(body, bytes);
        char id[CS_ID_SIZE];

        /* a document each: texts of several languages stand in one file */
        snprintf(id, sizeof(id), "00000000-0000-7000-8000-%012zu", world.n);
        snapshot_add_document(world.snapshot, id, 1, name, language);
        snapshot_add_chunk(world.snapshot, k[i].heading_path, body);
        if (world.n == world.room) {
            size_t room = world.room ? 2 * world.room : 1024;
            char **texts = CS_NEW(&world.a, char *, room);
            if (world.n)
                memcpy(texts, world.texts, world.n * sizeof(*texts));
            world.texts = texts;
            world.room = room;
        }
        char *headings = squeezed(k[i].heading_path, strlen(k[i].heading_path));
        world.texts[world.n] = squeezed(body, bytes);
        fprintf(world.chunks, "%zu\t%s\t%s\t%s\n", world.n, pg_config(cs_language_code(language)),
                headings, world.texts[world.n]);
        world.n++;
    }
}

/* ---- questions ---- */

struct question {
    const char *set;
    int number;
};

static void rank_out(const struct question *q, const char *engine, const char *query,
                     char *const *earlier, size_t n_earlier)
{
    struct ranked hits[DEPTH];
    const struct lexical_query *words;
    struct rank_question r = {
        .query = query, .earlier = earlier, .n_earlier = n_earlier, .k = DEPTH};
    size_t n = rank(world.snapshot, &world.a, &r, hits, &words);

    for (size_t i = 0; i < n; i++)
        fprintf(world.ranks, "%s\t%s\t%d\t%zu\t%u\n", engine, q->set, q->number, i + 1,
                hits[i].row);
}

/* The two longest words with two letters swapped. */
static char *misspelt(const char *query)
{
    size_t len = strlen(query), starts[TYPOS] = {0}, sizes[TYPOS] = {0};
    char *out = cs_strdup(&world.a, query);

    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && isalpha((unsigned char)query[i + n]))
            n++;
        size_t at = sizes[0] <= sizes[1] ? 0 : 1;
        if (n >= LEAST_LETTERS && n > sizes[at]) {
            sizes[at] = n;
            starts[at] = i;
        }
        i += n + 1;
    }
    for (int t = 0; t < TYPOS; t++) {
        char *middle = out + starts[t] + sizes[t] / 2;
        if (sizes[t] > 0 && middle[0] != middle[-1]) {
            char c = middle[0];
            middle[0] = middle[-1];
            middle[-1] = c;
        }
    }
    return out;
}

/* The words of a question as FTS5 wants them, or all runs of three characters for its trigrams. */
static char *fts_words(const char *query, bool trigrams)
{
    struct cs_buf b = {0};
    size_t len = strlen(query), starts[3] = {0}, run = 0;
    struct cs_char c;

    for (size_t at = 0; at <= len; at = c.end > at ? c.end : len + 1) {
        cs_char_next(query, len, at, &c);
        bool in = c.kind == CS_CHAR_LETTER || c.kind == CS_CHAR_DIGIT || c.kind == CS_CHAR_DENSE;
        if (!in) {
            if (!trigrams && run > 0)
                cs_buf_addf(&b, "%s\"%.*s\"", b.len ? " OR " : "", (int)(at - starts[0]),
                            query + starts[0]);
            run = 0;
            if (c.kind == CS_CHAR_END)
                break;
            continue;
        }
        if (trigrams && run >= 2) {
            size_t first = starts[(run - 2) % 3];
            cs_buf_addf(&b, "%s\"%.*s\"", b.len ? " OR " : "", (int)(c.end - first), query + first);
        }
        if (run == 0 || trigrams)
            starts[trigrams ? run % 3 : 0] = at;
        run++;
    }
    char *out = cs_strdup(&world.a, b.data ? b.data : "\"\"");
    cs_buf_free(&b);
    return out;
}

static char *sql_quoted(const char *s)
{
    struct cs_buf b = {0};

    for (; *s; s++)
        cs_buf_add(&b, *s == '\'' ? "''" : s, *s == '\'' ? 2 : 1);
    char *out = cs_strdup(&world.a, b.data ? b.data : "");
    cs_buf_free(&b);
    return out;
}

static void others_out(const struct question *q, const char *query)
{
    static const struct {
        const char *engine, *table;
        bool trigrams;
    } fts[] = {{"fts5 bm25", "words", false}, {"fts5 trigram", "trigrams", true}};

    for (size_t i = 0; i < 2; i++)
        fprintf(world.fts,
                "select '%s','%s',%d,row_number() over (),rowid - 1 from (select rowid from %s "
                "where %s match '%s' order by bm25(%s, 2.0, 1.0) limit %d);\n",
                fts[i].engine, q->set, q->number, fts[i].table, fts[i].table,
                sql_quoted(fts_words(query, fts[i].trigrams)), fts[i].table, DEPTH);
    fprintf(world.pg,
            "select 'ts_rank','%s',%d,row_number() over (order by s desc, id),id from (select id, "
            "ts_rank(v, q) s from chunks, (select replace(plainto_tsquery('%s', '%s')::text, '&', "
            "'|')::tsquery q) x where v @@ q order by s desc, id limit %d) y;\n",
            q->set, q->number, pg_config(q->set), sql_quoted(query), DEPTH);
}

static bool gold_out(const struct question *q, const char *answer)
{
    char *words = squeezed(answer, strlen(answer));
    bool any = false;

    for (size_t i = 0; i < world.n; i++)
        if (strstr(world.texts[i], words)) {
            fprintf(world.gold, "%s\t%d\t%zu\n", q->set, q->number, i);
            any = true;
        }
    if (!any)
        fprintf(stderr, "relevance: %s %d: no chunk has \"%s\"\n", q->set, q->number, answer);
    return any;
}

/* question, answer; or the question before, the question, the same in full, answer */
static void ask_line(struct question *q, char *line)
{
    char *column[COLUMNS] = {NULL};
    int n = 0;

    for (char *rest = line, *c; n < COLUMNS && (c = strsep(&rest, "\t"));)
        column[n++] = c;
    q->number++;
    if ((n != 2 && n != COLUMNS) || !gold_out(q, column[n - 1]))
        return;
    if (n == 2) {
        rank_out(q, "chatsphere", column[0], NULL, 0);
        rank_out(q, "chatsphere, two typing errors", misspelt(column[0]), NULL, 0);
        others_out(q, column[0]);
        return;
    }
    rank_out(q, "chatsphere, in full", column[2], NULL, 0);
    rank_out(q, "chatsphere, with the question before", column[1], &column[0], 1);
    rank_out(q, "chatsphere, alone", column[1], NULL, 0);
}

static void ask_file(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    struct question q = {.set = cs_strndup(&world.a, name, strcspn(name, "."))};
    size_t len;
    char *rest = read_file(path, &len), *line;

    while ((line = strsep(&rest, "\n")))
        if (*line && *line != '#')
            ask_line(&q, line);
}

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    int i = 3;

    if (argc < 5) {
        fprintf(stderr, "usage: relevance <out> <characters> <text>... -- <questions.tsv>...\n");
        return 2;
    }
    cs_arena_init(&world.a);
    world.chunks = open_out(argv[1], "chunks.tsv");
    world.ranks = open_out(argv[1], "ranks.tsv");
    world.gold = open_out(argv[1], "gold.tsv");
    world.fts = open_out(argv[1], "fts5.sql");
    world.pg = open_out(argv[1], "pg.sql");
    world.snapshot = snapshot_new(1);
    double before = cpu_ms();
    for (; i < argc && strcmp(argv[i], "--") != 0; i++)
        add_text(argv[i], (int)strtol(argv[2], NULL, 10));
    snapshot_finish(world.snapshot);
    fprintf(stderr, "relevance: %zu chunks, %.0f ms, %zu bytes of words a chunk\n", world.n,
            cpu_ms() - before, lexical_bytes(world.snapshot->lexical) / (world.n ? world.n : 1));
    for (i++; i < argc; i++)
        ask_file(argv[i]);
    fclose(world.chunks);
    fclose(world.ranks);
    fclose(world.gold);
    fclose(world.fts);
    fclose(world.pg);
    snapshot_unref(world.snapshot);
    cs_arena_dispose(&world.a);
    return 0;
}
