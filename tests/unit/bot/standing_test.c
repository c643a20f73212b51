/* standing: equal bearers are one question, and each of them learns its answer. auth is played by ask_auth() below. */
#include "test.h"

#include "bus/call.h"
#include "chatsphere/v1/names.h"

#define OURS "00000000-0000-7000-8000-000000000001"
#define THEIRS "00000000-0000-7000-8000-000000000002"
#define SESSION "00000000-0000-7000-8000-00000000000a"

static size_t asked, asked_about;
static bool away;

/* refuses every bearer of THEIRS, and of OURS the session */
static int ask_auth(struct cs_call *call, const CheckStandingRequest *req, CheckStandingReply **ret)
{
    asked++;
    asked_about += req->n_bearers;
    assert_in_range(req->n_bearers, 1, 500);
    if (away) {
        cs_fail(call, CS_OVERLOADED, "no answer");
        return -1;
    }
    *ret = CheckStandingReply_new(call->arena);
    (*ret)->refusals = CS_NEW(call->arena, Refusal *, req->n_bearers + 1);
    for (size_t i = 0; i < req->n_bearers; i++) {
        if (strcmp(req->bearers[i]->tenant_id, OURS) == 0 && !req->bearers[i]->session_id)
            continue;
        Refusal *r = (*ret)->refusals[(*ret)->n_refusals++] = Refusal_new(call->arena);
        Refusal_set_position(r, (int32_t)i);
        r->reason = cs_strdup(call->arena, "It is refused.");
    }
    Refusal *beyond = (*ret)->refusals[(*ret)->n_refusals++] = Refusal_new(call->arena);
    Refusal_set_position(beyond, (int32_t)req->n_bearers); /* of nobody */
    beyond->reason = cs_strdup(call->arena, "It is nobody.");
    return 0;
}

#define auth_check_standing(call_, req_, ret_) ask_auth(call_, req_, ret_)
#include "bot/standing.c" /* NOLINT(bugprone-suspicious-include): with the one above */

static struct cs_call call = {.arena = &arena};

static int forget_all(void **state)
{
    (void)state;
    asked = asked_about = 0;
    away = false;
    return 0;
}

static void equal_bearers_are_asked_about_once(void **state)
{
    struct cs_standing all[] = {
        {.tenant = OURS, .principal = "user:a"},
        {.tenant = THEIRS, .principal = "user:a"},
        {.tenant = OURS, .principal = "user:a", .session = SESSION},
        {.tenant = THEIRS, .principal = "user:a", .refusal = "of before"},
        {.tenant = OURS},
        {.tenant = OURS, .principal = "user:a", .refusal = "of before"},
    };

    (void)state;
    assert_int_equal(cs_standing_check(&call, all, LEN(all)), 0);
    assert_int_equal(asked, 1);
    assert_int_equal(asked_about, 4);
    for (size_t i = 0; i < LEN(all); i++)
        if (i == 1 || i == 2 || i == 3)
            assert_string_equal(all[i].refusal, "It is refused.");
        else
            assert_null(all[i].refusal);
}

static void a_question_is_bounded(void **state)
{
    enum { N = 1201 };
    struct cs_standing *all = CS_NEW(&arena, struct cs_standing, N);

    (void)state;
    for (int i = 0; i < N; i++)
        all[i] = (struct cs_standing){.tenant = i % 2 ? OURS : THEIRS,
                                      .principal = cs_printf(&arena, "user:%d", i)};
    assert_int_equal(cs_standing_check(&call, all, N), 0);
    assert_int_equal(asked, 3);
    assert_int_equal(asked_about, N);
    for (int i = 0; i < N; i++)
        assert_true((all[i].refusal == NULL) == (i % 2 == 1));
    assert_int_equal(cs_standing_check(&call, all, 0), 0);
    assert_int_equal(asked, 3);
}

static void without_auth_nobody_is_refused(void **state)
{
    struct cs_standing one = {.tenant = THEIRS};

    (void)state;
    away = true;
    assert_true(cs_standing_check(&call, &one, 1) < 0);
    assert_null(one.refusal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(equal_bearers_are_asked_about_once, forget_all),
        cmocka_unit_test_setup(a_question_is_bounded, forget_all),
        cmocka_unit_test_setup(without_auth_nobody_is_refused, forget_all),
    };
    return test_run(tests);
}
