/* config: the suite, and what no case can say. */
#include "test.h"

#include <stdlib.h>

#include "bot-store/config.h"
#include "bot/configuration.h"
#include "pbjson/merge.h"

static json_t *load(const struct suite_case *c, const char *part)
{
    json_error_t e;
    json_t *v = json_loads(case_text(c, part, NULL), 0, &e);

    if (!v)
        fail_msg("%s: %s", part, e.text);
    return v;
}

static BotConfiguration *read_config(struct cs_arena *a, json_t *object)
{
    BotConfiguration *c = BotConfiguration_new(a);
    struct pbjson_errors errors = {0};

    if (object && !pbjson_read(a, object, &c->base, &errors))
        fail_msg("%s %s", errors.at[0].field, errors.at[0].message);
    return c;
}

static ProviderKey **read_keys(struct cs_arena *a, json_t *list)
{
    size_t n = json_array_size(list);
    ProviderKey **keys = CS_NEW(a, ProviderKey *, n + 1);
    struct pbjson_errors errors = {0};

    for (size_t i = 0; i < n; i++) {
        keys[i] = ProviderKey_new(a);
        assert_true(pbjson_read(a, json_array_get(list, i), &keys[i]->base, &errors));
    }
    return keys;
}

static json_t *errors_object(const struct pbjson_errors *errors)
{
    json_t *object = json_object();

    for (int i = 0; i < errors->n; i++)
        json_object_set_new(object, errors->at[i].field, json_string(errors->at[i].message));
    return object;
}

/* `got` is stolen; an expectation that is absent holds, but errors must be expected */
static void expect(const char *what, json_t *want, json_t *got)
{
    char *text = json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS);

    if (want ? !json_equal(want, got) : strcmp(what, "errors") == 0 && json_object_size(got) > 0)
        fail_msg("%s is %s", what, text);
    free(text);
    json_decref(got);
}

/* as a row keeps it: lists that are empty are not there */
static json_t *as_stored(struct cs_arena *a, const BotConfiguration *c)
{
    json_t *v = json_loads(config_text(a, &c->base), 0, NULL), *item;
    const char *key;
    void *next;

    json_object_foreach_safe(v, next, key, item)
        if (json_is_array(item) && json_array_size(item) == 0)
            json_object_del(v, key);
    return v;
}

static void play(const struct suite_case *c)
{
    json_t *in = load(c, "input"), *out = load(c, "expected");
    struct pbjson_errors errors = {0};
    struct provider_keys keys;
    BotConfiguration *stored;

    stored = read_config(&arena, json_object_get(in, "stored"));
    pbjson_merge(&arena, &stored->base, &read_config(&arena, json_object_get(in, "patch"))->base);
    config_tidy(stored);
    keys = (struct provider_keys){
        .keys = read_keys(&arena, json_object_get(in, "keys")),
        .n = json_array_size(json_object_get(in, "keys")),
        .test = json_is_true(json_object_get(in, "test")),
    };
    config_check(&arena, stored, &keys, &errors);
    expect("errors", json_object_get(out, "errors"), errors_object(&errors));
    expect("stored", json_object_get(out, "stored"), as_stored(&arena, stored));
    expect("shown", json_object_get(out, "shown"),
           as_stored(&arena, cs_bot_configuration(&arena, stored)));
    json_decref(in);
    json_decref(out);
}

static void test_too_large(void **state)
{
    const struct provider_keys none = {0};
    struct pbjson_errors errors = {0};
    BotConfiguration *c;
    char *text;

    (void)state;
    c = BotConfiguration_new(&arena);
    c->system_prompt = text = cs_alloc(&arena, CONFIG_MAX + 1);
    memset(text, 'x', CONFIG_MAX - 100);
    config_check(&arena, c, &none, &errors);
    assert_int_equal(errors.n, 0);
    memset(text, 'x', CONFIG_MAX);
    config_check(&arena, c, &none, &errors);
    assert_int_equal(errors.n, 1);
    assert_string_equal(errors.at[0].field, "configuration");
}

/* what is stored reads back the same, empty lists included */
static void test_round_trip(void **state)
{
    BotConfiguration *c, *back;
    const char *text;

    (void)state;
    c = BotConfiguration_new(&arena);
    back = BotConfiguration_new(&arena);
    BotConfiguration_set_temperature(c, 0.7);
    c->system_prompt = cs_strdup(&arena, "\"quoted\"\n\xc3\xa9");
    text = config_text(&arena, &c->base);
    assert_true(config_parse(&arena, text, &back->base));
    assert_int_equal(back->n_clear, 0);
    assert_string_equal(config_text(&arena, &back->base), text);
    assert_false(config_parse(&arena, "{\"nonsense\":1}", &back->base));
    assert_string_equal(config_text(&arena, NULL), "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_round_trip),
    };

    return test_run_cases(tests, "bot_config", play);
}
