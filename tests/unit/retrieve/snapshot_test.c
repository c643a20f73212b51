/* A small library of documents, ranked by words, by vector and by both. */
#include "test.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "retrieve/rank.h"
#include "retrieve/snapshot.h"

#define ID_A "00000000-0000-7000-8000-00000000000a"
#define ID_B "00000000-0000-7000-8000-00000000000b"
#define ID_C "00000000-0000-7000-8000-00000000000c"

enum { ONE = 0x3c00, HALF = 0x3800 }; /* 1 and 0.5 */

/* two documents; vectors of two dimensions in space "m", the second also in "old" */
static struct snapshot *library(void)
{
    static const uint16_t of_a[] = {ONE, 0, 0, ONE}, of_b[] = {HALF, HALF};
    struct snapshot *s = snapshot_new(7);

    snapshot_add_document(s, ID_A, 3, "guide.md", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "Guide", "Apples grow on trees.");
    snapshot_add_chunk(s, "Guide > Pears", "Pears are like apples, but not the same.");
    snapshot_add_document(s, ID_B, 1, "notes.txt", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "", "Bananas are curved.");
    assert_true(snapshot_add_vectors(
        s, 0, 0, &(struct snapshot_vectors){.space = "m", .n = 2, .dims = 2, .halves = of_a}));
    assert_true(snapshot_add_vectors(
        s, 1, 0, &(struct snapshot_vectors){.space = "m", .n = 1, .dims = 2, .halves = of_b}));
    snapshot_finish(s);
    return s;
}

static void rows_and_documents(void **state)
{
    struct snapshot *s = library();

    (void)state;
    assert_int_equal(s->n_documents, 2);
    assert_int_equal(s->n_rows, 3);
    assert_int_equal(snapshot_find(s, ID_A), 0);
    assert_int_equal(snapshot_find(s, ID_B), 1);
    assert_int_equal(snapshot_find(s, ID_C), -1);
    assert_int_equal(s->rows[1].document, 0);
    assert_int_equal(s->rows[1].ord, 1);
    assert_int_equal(s->rows[2].document, 1);
    assert_int_equal(s->rows[2].ord, 0);
    assert_true(s->bytes > sizeof(*s));
    snapshot_unref(s);
}

static void spaces_are_kept_apart(void **state)
{
    static const uint16_t halves[] = {ONE, 0, 0};
    struct snapshot *s = snapshot_new(1);

    (void)state;
    snapshot_add_document(s, ID_A, 1, "a", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "", "one");
    snapshot_add_chunk(s, "", "two");
    assert_true(snapshot_add_vectors(
        s, 0, 0, &(struct snapshot_vectors){.space = "m/2", .n = 1, .dims = 2, .halves = halves}));
    assert_true(snapshot_add_vectors(
        s, 0, 1, &(struct snapshot_vectors){.space = "m/3", .n = 1, .dims = 3, .halves = halves}));
    snapshot_finish(s);
    assert_int_equal(s->n_matrices, 2);
    assert_int_equal(snapshot_space(s, "m/3")->dims, 3);
    assert_int_equal(snapshot_space(s, "m/3")->rows[0], 1);
    assert_null(snapshot_space(s, "m/4"));
    snapshot_unref(s);
}

/* a collection of one document, whose words word() makes; true: it takes no more than was foretold */
static bool takes_no_more(uint32_t n_words, void (*word)(char *out, uint32_t i))
{
    struct snapshot *s = snapshot_new(1);
    CS_BUF_AUTO struct cs_buf text = {0};
    size_t bytes = 0, n_rows = 0;

    snapshot_add_document(s, ID_A, 1, "a", CS_LANGUAGE_EN);
    for (uint32_t i = 1; i <= n_words; i++) {
        char out[16];
        word(out, i);
        cs_buf_addf(&text, "%s ", out);
        if (text.len >= 1000 || i == n_words) {
            snapshot_add_chunk(s, "", text.data);
            bytes += text.len + strlen("a");
            n_rows++;
            cs_buf_clear(&text);
        }
    }
    size_t before = snapshot_bytes(s), most = snapshot_bytes_most(n_rows, bytes, 0);
    snapshot_finish(s);
    assert_true(s->bytes >= before);
    bool less = s->bytes <= most;
    snapshot_unref(s);
    return less;
}

static void word_of_letters(char *out, uint32_t i)
{
    for (; i > 0; i /= 26)
        *out++ = (char)('a' + i % 26);
    *out = '\0';
}

static void word_of_one_sign(char *out, uint32_t i)
{
    out[cs_utf8_put(out, 0x10300 + i)] = '\0';
}

static void word_of_grams(char *out, uint32_t i)
{
    for (; i > 0; i /= 20000)
        out += cs_utf8_put(out, 0x4e00 + i % 20000);
    *out = '\0';
}

static void word_of_parts(char *out, uint32_t i)
{
    snprintf(out, 16, "%u.%u.x", i % 10000, i / 10000);
}

static void word_with_accents(char *out, uint32_t i)
{
    for (; i > 0; i /= 26)
        out += cs_utf8_put(out, i / 26 ? 'a' + i % 26 : 0xe0 + i % 26 % 23);
    *out = '\0';
}

static void word_of_capitals(char *out, uint32_t i)
{
    snprintf(out, 16, "%c%c%c%c%c", 'a' + i % 26, 'A' + i / 26 % 26, 'a' + i / 676 % 26,
             'A' + i / 17576 % 26, 'a');
}

static void a_document_takes_no_more_than_foretold(void **state)
{
    (void)state;
    assert_true(takes_no_more(1, word_of_letters));
    assert_true(takes_no_more(200000, word_of_letters));
    assert_true(takes_no_more(12289, word_of_letters)); /* the hash tables have just doubled */
    assert_true(takes_no_more(12289, word_of_one_sign));
    assert_true(takes_no_more(60000, word_of_one_sign));
    assert_true(takes_no_more(100000, word_of_grams));
    assert_true(takes_no_more(100000, word_of_parts));
    assert_true(takes_no_more(60000, word_with_accents));
    assert_true(takes_no_more(12289, word_with_accents));
    assert_true(takes_no_more(100000, word_of_capitals));
}

/* Vectors are counted as they are, and arrays keep no room for more. */
static void bytes_are_what_is_there(void **state)
{
    enum { N = 1000, DIMS = 64 };
    static uint16_t halves[N * DIMS];
    struct snapshot *s = snapshot_new(1), *t = snapshot_new(1);

    (void)state;
    for (int with = 0; with < 2; with++) {
        struct snapshot *x = with ? t : s;
        snapshot_add_document(x, ID_A, 1, "a", CS_LANGUAGE_EN);
        for (int i = 0; i < N; i++)
            snapshot_add_chunk(x, "", "one");
        if (with)
            snapshot_add_vectors(
                x, 0, 0,
                &(struct snapshot_vectors){.space = "m", .n = N, .dims = DIMS, .halves = halves});
        snapshot_finish(x);
    }
    assert_in_range(t->bytes - s->bytes, sizeof(halves), sizeof(halves) + N * 4 + 100);
    assert_int_equal(t->cap_rows, N);
    assert_int_equal(t->matrices[0].cap_vectors, N);
    snapshot_unref(s);
    snapshot_unref(t);
}

static void vectors_beyond_the_chunks(void **state)
{
    static const uint16_t halves[] = {ONE, 0, 0, ONE};
    struct snapshot_vectors two = {.space = "m", .n = 2, .dims = 2, .halves = halves};
    struct snapshot *s = snapshot_new(1);

    (void)state;
    snapshot_add_document(s, ID_A, 1, "a", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "", "one");
    assert_false(snapshot_add_vectors(s, 0, 0, &two));
    two.n = 1;
    assert_false(snapshot_add_vectors(s, 0, 1, &two));
    assert_false(snapshot_add_vectors(s, 0, UINT32_MAX, &two));
    assert_true(snapshot_add_vectors(s, 0, 0, &two));
    snapshot_unref(s);
}

struct question {
    struct rank_question q;
    struct ranked hits[5];
    const struct lexical_query *words;
};

static size_t ask(struct question *q, const struct snapshot *s)
{
    q->q.k = q->q.k ? q->q.k : 5;
    return rank(s, &arena, &q->q, q->hits, &q->words);
}

static const char *corrected(const struct question *q)
{
    return q->words ? q->words->corrected : "there are no words";
}

static void ranks_by_words(void **state)
{
    struct snapshot *s = library();
    struct question q = {.q = {.query = "curved banana"}}, name = {.q = {.query = "notes"}},
                    typo = {.q = {.query = "bannanas"}};

    (void)state;
    assert_int_equal(ask(&q, s), 1);
    assert_int_equal(q.hits[0].row, 2);
    assert_null(corrected(&q));
    assert_int_equal(ask(&name, s), 1); /* the document's name counts */
    assert_int_equal(name.hits[0].row, 2);
    assert_int_equal(ask(&typo, s), 1);
    assert_string_equal(corrected(&typo), "bananas");
    snapshot_unref(s);
}

static void ranks_by_vector(void **state)
{
    static const float up[] = {0, 1};
    struct snapshot *s = library();
    struct question q = {.q = {.matrix = snapshot_space(s, "m"), .vector = up, .min_score = 0.4}};

    (void)state;
    assert_int_equal(ask(&q, s), 2); /* the third has 0 */
    assert_int_equal(q.hits[0].row, 1);
    assert_true(q.hits[0].score == 1);
    assert_int_equal(q.hits[1].row, 2);
    assert_true(q.hits[1].score == 0.5F);
    snapshot_unref(s);
}

static void ranks_by_both(void **state)
{
    static const float right[] = {1, 0};
    struct snapshot *s = library();
    /* words say row 2, vectors 0, 2, 1: both together 2, then 0 */
    struct question q = {
        .q = {.query = "bananas", .matrix = snapshot_space(s, "m"), .vector = right, .k = 2}};

    (void)state;
    assert_int_equal(ask(&q, s), 2);
    assert_int_equal(q.hits[0].row, 2);
    assert_int_equal(q.hits[1].row, 0);
    snapshot_unref(s);
}

/* One text in several documents is one hit; a short one below another heading is another text. */
static void copies_are_one(void **state)
{
    static const uint16_t halves[] = {ONE, 0, ONE, 0, HALF, 0};
    static const float right[] = {1, 0};
    static const char long_text[] =
        "Parking for visitors costs four euro a day, which is paid at the machine beside the "
        "entrance; the ticket is valid until midnight and has to lie behind the windscreen so that "
        "it can be read from outside. Bicycles are parked for nothing behind the house.";
    struct snapshot *s = snapshot_new(1);

    (void)state;
    snapshot_add_document(s, ID_A, 1, "a.md", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "Parking", "Parking costs four euro.");
    snapshot_add_chunk(s, "Halls", long_text);
    snapshot_add_document(s, ID_B, 1, "b.md", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "PARKING", "parking  costs: four euro");
    snapshot_add_chunk(s, "Site", long_text);
    snapshot_add_document(s, ID_C, 1, "c.md", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "Garage", "Parking costs four euro.");
    snapshot_add_chunk(s, "", "...");
    snapshot_add_chunk(s, "", "---");
    assert_true(snapshot_add_vectors(
        s, 0, 0, &(struct snapshot_vectors){.space = "m", .n = 1, .dims = 2, .halves = halves}));
    assert_true(snapshot_add_vectors(
        s, 1, 0, &(struct snapshot_vectors){.space = "m", .n = 1, .dims = 2, .halves = halves}));
    assert_true(snapshot_add_vectors(
        s, 2, 0,
        &(struct snapshot_vectors){.space = "m", .n = 1, .dims = 2, .halves = halves + 4}));
    snapshot_finish(s);
    struct question words = {.q = {.query = "parking costs"}},
                    vector = {.q = {.matrix = snapshot_space(s, "m"), .vector = right}},
                    both = {.q = {.query = "parking costs",
                                  .matrix = snapshot_space(s, "m"),
                                  .vector = right}};
    assert_int_equal(ask(&words, s), 3);
    assert_int_equal(ask(&vector, s), 2);
    assert_int_equal(vector.hits[1].row, 4);
    assert_int_equal(ask(&both, s), 3);
    assert_int_equal(s->same[2], 0);
    assert_int_equal(s->same[3], 1);
    assert_int_equal(s->same[4], 4);
    assert_int_equal(s->same[6], 6);
    snapshot_unref(s);
}

/* What may not be found takes no place in either ranking. */
static void only_allowed_rows(void **state)
{
    static const float right[] = {1, 0};
    static const bool second[] = {false, true, false};
    struct snapshot *s = library();
    struct question words = {.q = {.query = "apples", .allowed = second}},
                    vector = {.q = {.matrix = snapshot_space(s, "m"),
                                    .vector = right,
                                    .allowed = second,
                                    .k = 1}},
                    both = {.q = {.query = "bananas apples",
                                  .matrix = snapshot_space(s, "m"),
                                  .vector = right,
                                  .allowed = second}};

    (void)state;
    assert_int_equal(ask(&words, s), 1);
    assert_int_equal(words.hits[0].row, 1);
    assert_int_equal(ask(&vector, s), 1);
    assert_int_equal(vector.hits[0].row, 1);
    assert_int_equal(ask(&both, s), 1);
    assert_int_equal(both.hits[0].row, 1);
    assert_int_equal(both.hits[0].words.rank, 1);
    assert_int_equal(both.hits[0].vector.rank, 1);
    snapshot_unref(s);
}

static void references(void **state)
{
    struct snapshot *s = library();

    (void)state;
    assert_ptr_equal(snapshot_ref(s), s);
    snapshot_unref(s);
    assert_int_equal(s->version, 7); /* still there: the sanitizer would tell */
    snapshot_unref(s);
    snapshot_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_documents),
        cmocka_unit_test(spaces_are_kept_apart),
        cmocka_unit_test(a_document_takes_no_more_than_foretold),
        cmocka_unit_test(bytes_are_what_is_there),
        cmocka_unit_test(vectors_beyond_the_chunks),
        cmocka_unit_test(ranks_by_words),
        cmocka_unit_test(ranks_by_vector),
        cmocka_unit_test(ranks_by_both),
        cmocka_unit_test(copies_are_one),
        cmocka_unit_test(only_allowed_rows),
        cmocka_unit_test(references),
    };

    return test_run(tests);
}
