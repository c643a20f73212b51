/* configuration: the defaults, what is laid over them, and the predicates. */
#include "test.h"

#include "bot/configuration.h"

static void nothing_set_gives_the_defaults(void **state)
{
    const BotConfiguration *c = cs_bot_configuration(&arena, NULL);

    (void)state;
    assert_true(c->has_agent_type && c->agent_type == AGENT_TYPE_RAG);
    assert_string_equal(c->llm_provider, "builtin");
    assert_true(c->has_retriever_k && c->retriever_k == 5);
    assert_true(c->has_chat_history_length && c->chat_history_length == 10);
    assert_true(c->has_max_steps && c->max_steps == 6);
    assert_true(c->has_show_sources && c->show_sources);
    assert_false(c->has_temperature || c->has_max_output_tokens || c->has_min_score);
    assert_null(c->embedding_provider);
    assert_null(c->chunking);
    assert_true(cs_bot_answers_builtin(c));
    assert_false(cs_bot_has_model(c));
    assert_false(cs_bot_has_vectors(c));
}

static void what_is_set_stands_over_the_defaults(void **state)
{
    BotConfiguration set = BOT_CONFIGURATION_INIT;
    const BotConfiguration *c;

    (void)state;
    set.llm_provider = (char *)(uintptr_t) "openai";
    set.llm_model = (char *)(uintptr_t) "m";
    BotConfiguration_set_retriever_k(&set, 9);
    BotConfiguration_set_chat_history_length(&set, 0); /* 0 and false are values, too */
    BotConfiguration_set_show_sources(&set, false);
    c = cs_bot_configuration(&arena, &set);
    assert_string_equal(c->llm_provider, "openai");
    assert_int_equal(c->retriever_k, 9);
    assert_int_equal(c->chat_history_length, 0);
    assert_false(c->show_sources);
    assert_int_equal(c->max_steps, 6);
    assert_false(cs_bot_answers_builtin(c));
    assert_true(cs_bot_has_model(c));
    assert_false(set.has_max_steps); /* not filled in there */
}

static void a_bot_without_an_embedding_provider_has_no_vectors(void **state)
{
    static const struct {
        const char *provider;
        bool vectors;
    } cases[] = {{NULL, false}, {"", false}, {"none", false}, {"openai", true}};
    BotConfiguration c = BOT_CONFIGURATION_INIT;

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        c.embedding_provider = (char *)(uintptr_t)cases[i].provider;
        assert_int_equal(cs_bot_has_vectors(&c), cases[i].vectors);
    }
}

static void an_empty_name_is_no_model(void **state)
{
    BotConfiguration c = BOT_CONFIGURATION_INIT;

    (void)state;
    c.llm_model = (char *)(uintptr_t) "";
    assert_false(cs_bot_has_model(&c));
}

static void expect_chunks(const BotConfiguration *c, int size, int overlap_plain, int overlap)
{
    assert_int_equal(cs_bot_chunk_size(c), size);
    assert_int_equal(cs_bot_chunk_overlap(c, true), overlap_plain);
    assert_int_equal(cs_bot_chunk_overlap(c, false), overlap);
}

static void the_overlap_follows_the_size_unless_it_is_set(void **state)
{
    BotConfiguration c = BOT_CONFIGURATION_INIT;
    Chunking chunking = CHUNKING_INIT;

    (void)state;
    expect_chunks(&c, 1000, 100, 0);
    c.chunking = &chunking;
    expect_chunks(&c, 1000, 100, 0);
    Chunking_set_size(&chunking, 400);
    expect_chunks(&c, 400, 40, 0);
    Chunking_set_overlap(&chunking, 0);
    expect_chunks(&c, 400, 0, 0);
    chunking.overlap = 120;
    expect_chunks(&c, 400, 120, 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_gives_the_defaults),
        cmocka_unit_test(what_is_set_stands_over_the_defaults),
        cmocka_unit_test(a_bot_without_an_embedding_provider_has_no_vectors),
        cmocka_unit_test(an_empty_name_is_no_model),
        cmocka_unit_test(the_overlap_follows_the_size_unless_it_is_set),
    };
    return test_run(tests);
}
