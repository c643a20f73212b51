/* The table of events is what the comments of events.proto promise. */
#include "test.h"

#include "bus/catalogue.h"
#include "pbjson/contract.h"

#include <stdio.h>

/* The first sentence of a body's comment names each event as <aggregate>.<event>. */
static void each_event_is_named_by_its_message(void **state)
{
    const struct cs_catalogue_row *row;
    char name[128];

    (void)state;
    for (size_t i = 0; (row = cs_catalogue_at(i)); i++) {
        const char *comment = cs_message_meta(row->body)->comment;
        assert_non_null(comment);
        for (const char *const *e = row->events; *e; e++) {
            snprintf(name, sizeof(name), "%s.%s", row->aggregate, *e);
            if (!strstr(comment, name))
                fail_msg("the comment of %s does not name %s", row->body->name, name);
            assert_true(cs_catalogue_has(name));
        }
    }
}

/* ... and no other one: as many names with a dot as the table has events of this body. */
static void no_message_names_another_event(void **state)
{
    const struct cs_catalogue_row *row, *other;

    (void)state;
    for (size_t i = 0; (row = cs_catalogue_at(i)); i++) {
        size_t named = 0, known = 0;
        for (const char *p = cs_message_meta(row->body)->comment; (p = strchr(p, '.')); p++)
            named += p[1] >= 'a' && p[1] <= 'z';
        for (size_t k = 0; (other = cs_catalogue_at(k)); k++)
            for (const char *const *e = other->events; other->body == row->body && *e; e++)
                known++;
        assert_int_equal(named, known);
    }
}

static void names_and_patterns(void **state)
{
    (void)state;
    assert_true(cs_catalogue_has("bot.*"));
    assert_false(cs_catalogue_has("bot.nope"));
    assert_false(cs_catalogue_has("bo.created"));
    assert_false(cs_catalogue_has("bot"));
    assert_null(cs_catalogue_body("bo", 2));
    assert_non_null(cs_catalogue_body("bot.created", 3));
    assert_null(cs_catalogue_at(1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_is_named_by_its_message),
        cmocka_unit_test(no_message_names_another_event),
        cmocka_unit_test(names_and_patterns),
    };
    return test_run(tests);
}
