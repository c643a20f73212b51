/* Names of the fields that differ between two messages. */
#include "test.h"

#include "pbjson/changed.h"

#include "chatsphere/v1/names.h"
#include "pbjson/merge.h"

#include <stdio.h>

/* the names, separated by spaces */
static const char *changed(const Bot *before, const Bot *after)
{
    size_t n;
    char **names = pbjson_changed(&arena, &before->base, &after->base, &n);
    char *all = cs_strdup(&arena, "");

    for (size_t i = 0; i < n; i++)
        all = cs_printf(&arena, "%s%s%s", all, i ? " " : "", names[i]);
    return all;
}

static Bot *bot(void)
{
    char **origins = CS_NEW(&arena, char *, 2);
    Bot *b = Bot_new(&arena);

    b->name = cs_strdup(&arena, "Guide");
    origins[0] = origins[1] = cs_strdup(&arena, "https://a.example");
    b->n_allowed_origins = 2;
    b->allowed_origins = origins;
    Bot_set_version(b, 4);
    b->configuration = BotConfiguration_new(&arena);
    b->configuration->system_prompt = cs_strdup(&arena, "Be brief.");
    BotConfiguration_set_retriever_k(b->configuration, 5);
    return b;
}

static void nothing_has_changed(void **state)
{
    (void)state;
    assert_string_equal(changed(bot(), bot()), "");
    assert_string_equal(changed(Bot_new(&arena), Bot_new(&arena)), "");
}

static void values_lists_and_absence_are_compared(void **state)
{
    Bot *b = bot();

    (void)state;
    b->name = cs_strdup(&arena, "Atlas");
    b->n_allowed_origins = 1;
    b->has_version = false;
    Bot_set_is_public(b, false); /* absent before, and false now */
    const char *names = changed(bot(), b);
    assert_non_null(strstr(names, "name"));
    assert_non_null(strstr(names, "allowed_origins"));
    assert_non_null(strstr(names, "version"));
    assert_non_null(strstr(names, "is_public"));
    assert_null(strstr(names, "configuration"));
    assert_null(strstr(names, "description"));
}

static void a_part_of_a_message_is_named(void **state)
{
    Bot *b = bot();

    (void)state;
    b->configuration->system_prompt = cs_strdup(&arena, "Be long.");
    assert_string_equal(changed(bot(), b), "configuration.system_prompt");
    b->configuration = NULL;
    assert_string_equal(changed(bot(), b), "configuration");
}

/* as an update does it: the shallow copy stays what it was */
static void a_merge_is_seen(void **state)
{
    Bot *b = bot(), was = *b, patch = BOT_INIT;

    (void)state;
    patch.configuration = BotConfiguration_new(&arena);
    BotConfiguration_set_retriever_k(patch.configuration, 8);
    pbjson_merge(&arena, &b->base, &patch.base);
    assert_string_equal(changed(&was, b), "configuration.retriever_k");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_changed),
        cmocka_unit_test(values_lists_and_absence_are_compared),
        cmocka_unit_test(a_part_of_a_message_is_named),
        cmocka_unit_test(a_merge_is_seen),
    };
    return test_run(tests);
}
