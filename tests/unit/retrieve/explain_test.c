/* Items with their matches, and how they came to their places. */
#include "test.h"

#include "base/utf8.h"
#include "retrieve/explain.h"
#include "retrieve/fuse.h"
#include "retrieve/item.h"

#include <stdio.h>

#define ID_A "00000000-0000-7000-8000-00000000000a"
#define ID_B "00000000-0000-7000-8000-00000000000b"

enum { ONE = 0x3c00, HALF = 0x3800 }; /* 1 and 0.5 */

static const char *const bodies[] = {
    "Walruses eat clams; a walrus dives deep.", "Clams live in sand.",
    "Opening hours: we open at nine.",
    "walruses eat clams a walrus dives deep", /* the first one once more, in another document */
};

static struct snapshot *shore(void)
{
    static const uint16_t of_a[] = {ONE, 0, 0, ONE, HALF, HALF};
    struct snapshot *s = snapshot_new(7);

    snapshot_add_document(s, ID_A, 1, "shore.md", CS_LANGUAGE_EN);
    for (int i = 0; i < 3; i++)
        snapshot_add_chunk(s, "", bodies[i]);
    snapshot_add_document(s, ID_B, 1, "copy.md", CS_LANGUAGE_EN);
    snapshot_add_chunk(s, "", bodies[3]);
    assert_true(snapshot_add_vectors(
        s, 0, 0, &(struct snapshot_vectors){.space = "m", .n = 3, .dims = 2, .halves = of_a}));
    snapshot_finish(s);
    return s;
}

/* The reply as search makes it. */
static SearchReply *reply_of(const struct snapshot *s, struct rank_question *q, SearchMode mode)
{
    SearchReply *rep = SearchReply_new(&arena);
    struct ranked *ranked = CS_NEW(&arena, struct ranked, 5);
    const struct lexical_query *words;

    q->k = 5;
    rep->n_items = rank(s, &arena, q, ranked, &words);
    rep->items = CS_NEW(&arena, Hit *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        struct store_passage p = {.heading_path = cs_strdup(&arena, "")};
        p.body = cs_strdup(&arena, bodies[ranked[i].row]);
        rep->items[i] = item_of(&arena, s, &ranked[i], &p, words);
    }
    SearchReply_set_mode(rep, mode);
    explain(&arena, s, ranked, words, q->allowed, rep);
    return rep;
}

static void near(double got, double want)
{
    assert_true(got > want - 1e-5 && got < want + 1e-5);
}

static void terms_add_up_to_the_lexical_score(void **state)
{
    struct snapshot *s = shore();
    struct rank_question q = {.query = "walruses and clams"};
    const SearchReply *rep = reply_of(s, &q, SEARCH_MODE_LEXICAL);
    const Hit *first = rep->items[0];

    (void)state;
    assert_int_equal(rep->n_items, 2);
    assert_int_equal(first->explanation->n_terms, 2);
    assert_string_equal(first->explanation->terms[0]->term, "walrus");
    assert_string_equal(first->explanation->terms[1]->term, "clam");
    for (size_t i = 0; i < rep->n_items; i++) {
        const Hit *hit = rep->items[i];
        double sum = 0;
        for (size_t t = 0; t < hit->explanation->n_terms; t++)
            sum += hit->explanation->terms[t]->score;
        near(sum, hit->scores->lexical);
        near(sum, hit->score);
        assert_int_equal(hit->explanation->lexical_rank, (int)i + 1);
        assert_false(hit->explanation->has_lexical_part || hit->scores->has_vector);
    }
    assert_int_equal(rep->explanation->n_terms, 2);
    assert_string_equal(rep->explanation->terms[1]->term, "clam");
    assert_int_equal(rep->explanation->terms[1]->passages, 3);
    snapshot_unref(s);
}

static void parts_add_up_to_the_fused_score(void **state)
{
    static const float up[] = {0, 1};
    struct snapshot *s = shore();
    struct rank_question q = {.query = "walruses", .matrix = snapshot_space(s, "m"), .vector = up};
    const SearchReply *rep = reply_of(s, &q, SEARCH_MODE_HYBRID);

    (void)state;
    assert_int_equal(rep->n_items, 3);
    for (size_t i = 0; i < rep->n_items; i++) {
        const HitExplanation *e = rep->items[i]->explanation;
        near(e->lexical_part + e->vector_part, rep->items[i]->score);
        assert_int_equal(e->has_lexical_rank, rep->items[i]->scores->has_lexical);
        if (e->has_vector_rank)
            near(e->vector_part, (double)fuse_part((uint32_t)e->vector_rank));
    }
    assert_int_equal(rep->items[0]->chunk, 0); /* first by words, last by vector */
    near(rep->items[0]->scores->vector, 0);
    assert_int_equal(rep->items[0]->explanation->vector_rank, 3);
    near(rep->items[1]->scores->vector, 1);
    snapshot_unref(s);
}

static void copies_are_named(void **state)
{
    struct snapshot *s = shore();
    struct rank_question q = {.query = "walruses"};
    const SearchExplanation *e = reply_of(s, &q, SEARCH_MODE_LEXICAL)->explanation;

    (void)state;
    assert_int_equal(e->dropped_total, 1);
    assert_int_equal(e->n_dropped, 1);
    assert_string_equal(e->dropped[0]->document_id, ID_B);
    assert_int_equal(e->dropped[0]->chunk, 0);
    assert_int_equal(e->dropped[0]->reason, DROP_REASON_EQUAL);
    assert_int_equal(e->dropped[0]->item, 0);
    snapshot_unref(s);
}

/* What the matches of a text select, with a stroke between. */
static const char *selected(const char *text, enum cs_language language, const char *query)
{
    struct snapshot *s = snapshot_new(1);
    const struct lexical_query *words;
    struct ranked ranked[1];
    char *out = cs_strdup(&arena, "");

    snapshot_add_document(s, ID_A, 1, "a", language);
    snapshot_add_chunk(s, "", text);
    snapshot_finish(s);
    if (rank(s, &arena, &(struct rank_question){.query = query, .k = 1}, ranked, &words) == 0) {
        snapshot_unref(s);
        return "-";
    }
    struct store_passage p = {.body = cs_strdup(&arena, text),
                              .heading_path = cs_strdup(&arena, "")};
    const Hit *hit = item_of(&arena, s, &ranked[0], &p, words);
    for (size_t i = 0; i < hit->n_matches; i++) {
        size_t start = 0, end = 0, bytes[2];
        assert_int_equal(sscanf(hit->matches[i]->text, "[%zu,%zu]", &start, &end), 2);
        bytes[0] = cs_utf8_head(text, strlen(text), start);
        bytes[1] = cs_utf8_head(text, strlen(text), end);
        out = cs_printf(&arena, "%s%s%.*s", out, *out ? "|" : "", (int)(bytes[1] - bytes[0]),
                        text + bytes[0]);
    }
    snapshot_unref(s);
    return out;
}

static void matches_are_whole_words_in_characters(void **state)
{
    (void)state;
    assert_string_equal(
        selected("Öl für Walrösser: ein Walross frisst.", CS_LANGUAGE_DE, "walross"),
        "Walrösser|Walross");
    assert_string_equal(selected("The walruses dive. WALRUS!", CS_LANGUAGE_EN, "a walrus"),
                        "walruses|WALRUS");
    assert_string_equal(selected("Señora Hernández", CS_LANGUAGE_EN, "hernandez"), "Hernández");
    assert_string_equal(selected("Edit pg_hba.conf now", CS_LANGUAGE_EN, "pg_hba.conf"),
                        "pg_hba.conf");
    assert_string_equal(selected("Edit pg_hba.conf now", CS_LANGUAGE_EN, "hba"), "hba");
    assert_string_equal(selected("😀😀 the walrus", CS_LANGUAGE_EN, "walrus"), "walrus");
    assert_string_equal(selected("今日は東京都の天気です", CS_LANGUAGE_EN, "東京都"), "東京都");
    assert_string_equal(selected("One wallrus.", CS_LANGUAGE_EN, "walrus"), "wallrus");
}

static void matches_have_a_limit(void **state)
{
    char text[4 * (ITEM_MATCHES + 20)] = "";
    size_t n = 1;

    (void)state;
    for (int i = 0; i < ITEM_MATCHES + 10; i++)
        memcpy(text + strlen(text), "ox ", 4);
    for (const char *c = selected(text, CS_LANGUAGE_EN, "ox"); *c; c++)
        n += *c == '|';
    assert_int_equal(n, ITEM_MATCHES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_add_up_to_the_lexical_score),
        cmocka_unit_test(parts_add_up_to_the_fused_score),
        cmocka_unit_test(copies_are_named),
        cmocka_unit_test(matches_are_whole_words_in_characters),
        cmocka_unit_test(matches_have_a_limit),
    };

    return test_run(tests);
}
