/* bot: what is cached, for whom, and until when. bot_store is played by ask_bot_store() below. */
#include "test.h"

#include "bus/service.h"
#include "chatsphere/v1/names.h"

#define OURS "00000000-0000-7000-8000-000000000001"
#define THEIRS "00000000-0000-7000-8000-000000000002"
#define PRIVATE "00000000-0000-7000-8000-00000000000a"
#define PUBLIC "00000000-0000-7000-8000-00000000000b"

static int asked, published;

static int ask_bot_store(struct cs_call *call, const BotRequest *req, Bot **ret, bool public)
{
    bool is_public = strcmp(req->bot_id, PUBLIC) == 0;

    asked++;
    if (public ? !is_public : strcmp(call->tenant, OURS) != 0)
        return cs_fail(call, CS_NOT_FOUND, "no such row");
    *ret = Bot_new(call->arena);
    (*ret)->id = cs_strdup(call->arena, req->bot_id);
    Bot_set_is_public(*ret, is_public);
    if (public)
        (*ret)->tenant_id = cs_strdup(call->arena, OURS);
    return 0;
}

#define bot_store_get_bot(call_, req_, ret_) ask_bot_store(call_, req_, ret_, false)
#define bot_store_get_public_bot(call_, req_, ret_) ask_bot_store(call_, req_, ret_, true)
#define cs_ctl_publish(kind_, token_, id_)                                                         \
    (published +=                                                                                  \
     strcmp(kind_, "cache.bot") == 0 && strcmp(token_, OURS) == 0 && strcmp(id_, PRIVATE) == 0)
#include "bot/bot.c"    /* NOLINT(bugprone-suspicious-include): with the three above */
#include "bot/public.c" /* NOLINT(bugprone-suspicious-include): likewise */

static struct cs_call call_of(const char *tenant)
{
    return (struct cs_call){.arena = &arena, .tenant = tenant};
}

static int forget_all(void **state)
{
    (void)state;
    cs_recent_clear(&recent);
    asked = published = 0;
    return 0;
}

static void a_bot_is_asked_for_once(void **state)
{
    struct cs_call call = call_of(OURS);
    Bot *bot;

    (void)state;
    assert_null(cs_bot_known(&call, PRIVATE));
    assert_int_equal(cs_bot_get(&call, PRIVATE, &bot), 0);
    assert_int_equal(cs_bot_get(&call, PRIVATE, &bot), 0);
    assert_int_equal(asked, 1);
    assert_string_equal(bot->id, PRIVATE);
    assert_string_equal(bot->tenant_id, OURS);
    assert_non_null(cs_bot_known(&call, PRIVATE));
}

static void a_fetch_asks_although_the_bot_is_cached(void **state)
{
    struct cs_call call = call_of(OURS);
    Bot *bot;

    (void)state;
    assert_int_equal(cs_bot_get(&call, PRIVATE, &bot), 0);
    assert_int_equal(cs_bot_fetch(&call, PRIVATE, &bot), 0);
    assert_int_equal(asked, 2);
}

static void every_bot_has_its_defaults(void **state)
{
    struct cs_call call = call_of(OURS);
    Bot *bot;

    (void)state;
    for (int i = 0; i < 2; i++) { /* as received, and as cached */
        assert_int_equal(cs_bot_get(&call, PRIVATE, &bot), 0);
        assert_string_equal(bot->configuration->llm_provider, "builtin");
        assert_true(bot->configuration->show_sources);
    }
}

static void the_cached_bot_of_a_workspace_is_unknown_in_another(void **state)
{
    struct cs_call ours = call_of(OURS), theirs = call_of(THEIRS), nobody = call_of(NULL);
    Bot *bot;

    (void)state;
    assert_int_equal(cs_bot_get(&ours, PRIVATE, &bot), 0);
    assert_null(cs_bot_known(&theirs, PRIVATE));
    assert_true(cs_bot_get(&theirs, PRIVATE, &bot) < 0);
    assert_int_equal(theirs.status, CS_NOT_FOUND);
    assert_string_equal(theirs.detail, "The bot does not exist.");
    assert_null(cs_bot_known(&nobody, PRIVATE));
    assert_true(cs_bot_get(&nobody, PRIVATE, &bot) < 0);
    assert_int_equal(nobody.status, CS_UNAUTHENTICATED);
    assert_int_equal(asked, 2);
}

static void a_malformed_id_is_not_asked_for(void **state)
{
    struct cs_call call = call_of(OURS);
    Bot *bot;

    (void)state;
    assert_true(cs_bot_get(&call, "x", &bot) < 0);
    assert_int_equal(call.status, CS_NOT_FOUND);
    assert_true(cs_bot_get_public(&call, "x", &bot) < 0);
    assert_int_equal(asked, 0);
}

static void a_public_bot_is_found_without_a_workspace(void **state)
{
    struct cs_call call = call_of(NULL);
    Bot *bot = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cs_bot_get_public(&call, PUBLIC, &bot), 0);
        assert_string_equal(bot ? bot->tenant_id : "no bot", OURS);
    }
    assert_int_equal(asked, 1);
}

/* although its own workspace has just asked for it */
static void a_bot_that_is_not_public_is_unknown_to_the_public(void **state)
{
    struct cs_call ours = call_of(OURS), call = call_of(NULL);
    Bot *bot;

    (void)state;
    assert_true(cs_bot_get_public(&call, PRIVATE, &bot) < 0);
    assert_int_equal(call.status, CS_NOT_FOUND);
    assert_int_equal(cs_bot_get(&ours, PRIVATE, &bot), 0);
    assert_true(cs_bot_get_public(&call, PRIVATE, &bot) < 0);
    assert_int_equal(call.status, CS_NOT_FOUND);
}

static void a_changed_bot_is_asked_for_again(void **state)
{
    struct cs_call call = call_of(OURS);
    Bot *bot;

    (void)state;
    assert_int_equal(cs_bot_get(&call, PRIVATE, &bot), 0);
    cs_bot_on_change("cache.bot." OURS, PUBLIC, strlen(PUBLIC));
    assert_non_null(cs_bot_known(&call, PRIVATE));
    cs_bot_on_change("cache.bot." OURS, PRIVATE, strlen(PRIVATE));
    assert_null(cs_bot_known(&call, PRIVATE));
    assert_int_equal(cs_bot_get(&call, PRIVATE, &bot), 0);
    assert_int_equal(asked, 2);
}

static void a_change_is_published_to_the_workspace(void **state)
{
    Bot bot = BOT_INIT;

    (void)state;
    bot.id = (char *)(uintptr_t)PRIVATE;
    bot.tenant_id = (char *)(uintptr_t)OURS;
    cs_bot_changed(&bot);
    assert_int_equal(published, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_bot_is_asked_for_once, forget_all),
        cmocka_unit_test_setup(a_fetch_asks_although_the_bot_is_cached, forget_all),
        cmocka_unit_test_setup(every_bot_has_its_defaults, forget_all),
        cmocka_unit_test_setup(the_cached_bot_of_a_workspace_is_unknown_in_another, forget_all),
        cmocka_unit_test_setup(a_malformed_id_is_not_asked_for, forget_all),
        cmocka_unit_test_setup(a_public_bot_is_found_without_a_workspace, forget_all),
        cmocka_unit_test_setup(a_bot_that_is_not_public_is_unknown_to_the_public, forget_all),
        cmocka_unit_test_setup(a_changed_bot_is_asked_for_again, forget_all),
        cmocka_unit_test_setup(a_change_is_published_to_the_workspace, forget_all),
    };
    return test_run(tests);
}
