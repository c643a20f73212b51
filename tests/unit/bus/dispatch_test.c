/* A service without a broker: bytes in, bytes or a problem out. */
#include "test.h"

#include "bus/dispatch.h"

#include "bus/call_state.h"
#include "bus/client.h"
#include "bus/store.h"
#include "nats/wire.h"
#include "../log_catch.h"
#include "chatsphere/v1/embed.rpc.h"

#include <pthread.h>

static int last(struct cs_call *call, void *state)
{
    Embeddings *rep = state;

    rep->space = cs_strdup(call->arena, "staged");
    return 0;
}

static void *resume_elsewhere(void *arg)
{
    struct cs_call *call = arg;

    cs_call_resume(call, last, call->rep);
    return NULL;
}

static int stage(struct cs_call *call)
{
    pthread_t t;

    assert_int_equal(pthread_create(&t, NULL, resume_elsewhere, call), 0);
    pthread_detach(t);
    return CS_LATER;
}

static int after_ask(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    (void)state;
    assert_null(rep);
    return -call->status;
}

CS_HANDLER(Embed, embed_texts, EmbedTextsRequest, Embeddings)
{
    const char *what = req->texts[0];

    if (strcmp(what, "forbidden") == 0)
        return cs_fail(call, CS_FORBIDDEN, "not %s", req->bot_id);
    if (strcmp(what, "silent") == 0)
        return -1;
    if (strcmp(what, "leak") == 0)
        return call->reply ? STORE_OUTCOMES : STORE_NONE;
    if (strcmp(what, "answered") == 0) {
        rep->space = req->texts[0];
        return CS_ANSWERED;
    }
    if (strcmp(what, "staged") == 0)
        return stage(call);
    if (strcmp(what, "hungry") == 0) {
        for (int i = 0; i < 64; i++)
            cs_alloc(call->arena, 1 << 20);
        return 0;
    }
    if (strcmp(what, "ask") == 0)
        return cs_ask_then(call, RPC_EMBED_EMBED_TEXTS, &req->base, after_ask, NULL);
    if (strcmp(what, "huge") == 0) {
        Embeddings_set_vectors(rep, cs_alloc(call->arena, CS_MAX_MESSAGE + 1), CS_MAX_MESSAGE + 1);
        return 0;
    }
    rep->space = req->texts[0];
    return 0;
}

CS_HANDLER(Embed, embed_range, EmbedRangeRequest, EmbedRangeReply)
{
    EmbedRangeReply_set_tokens(rep, (int64_t)req->base.n_unknown_fields);
    return cs_fail(call, CS_CONFLICT, "never called here");
}

static const struct cs_service service = {.methods = embed_methods};

struct fixture {
    struct cs_call call;
    void *out;
    size_t len;
};

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){0};
    f.call.arena = &arena;
    f.call.request_id = "r1";
    *state = &f;
    return 0;
}

static bool dispatch(struct fixture *f, const char *text)
{
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    char *texts[] = {(char *)text};
    size_t len;

    req.bot_id = (char *)"b1";
    req.texts = texts;
    req.n_texts = 1;
    void *in = pbjson_pack(&arena, &req.base, &len);
    return cs_service_dispatch(&service, &f->call, "embed_texts", in, len, &f->out, &f->len);
}

static const Problem *problem(struct fixture *f)
{
    Problem *p =
        (Problem *)pbjson_unpack(&arena, &chatsphere__v1__problem__descriptor, f->out, f->len);
    assert_non_null(p);
    return p;
}

static const Embeddings *reply(struct fixture *f)
{
    Embeddings *e = (Embeddings *)pbjson_unpack(&arena, &chatsphere__v1__embeddings__descriptor,
                                                f->out, f->len);
    assert_non_null(e);
    return e;
}

static void answers(void **state)
{
    assert_true(dispatch(*state, "hello"));
    assert_string_equal(reply(*state)->space, "hello");
}

static void tells_the_problem(void **state)
{
    assert_false(dispatch(*state, "forbidden"));
    const Problem *p = problem(*state);
    assert_int_equal(p->status, 403);
    assert_string_equal(p->code, "forbidden");
    assert_string_equal(p->detail, "not b1");
    assert_int_equal(p->n_errors, 0);
}

static void hides_what_was_not_said(void **state)
{
    assert_false(dispatch(*state, "silent"));
    assert_int_equal(problem(*state)->status, 500);
    assert_null(problem(*state)->detail);
}

/* What was logged while a row returned an outcome; the caller learns only that it failed. */
static const char *log_of_leak(struct fixture *f)
{
    struct log_catch c;
    char text[4096];

    log_catch_begin(&c);
    bool ok = dispatch(f, "leak");
    log_catch_end(&c, text, sizeof(text));
    assert_false(ok);
    assert_int_equal(problem(f)->status, 500);
    assert_null(problem(f)->detail);
    return cs_strdup(&arena, text);
}

static void an_outcome_is_never_taken_for_staged(void **state)
{
    struct fixture *f = *state;
    const char *log = log_of_leak(f);

    assert_non_null(strstr(log, "STORE_NONE"));
    assert_non_null(strstr(log, "chatsphere.v1.embed.embed_texts"));
    f->call.reply = "";
    assert_non_null(strstr(log_of_leak(f), "unknown outcome"));
}

/* An arena of its own, as big as a call may have it: the call fails, and the process goes on. */
static void a_call_beyond_its_memory_fails(void **state)
{
    struct fixture *f = *state;
    struct cs_arena own;

    cs_arena_init(&own);
    own.ceiling = CS_CALL_MEMORY;
    f->call.arena = &own;
    assert_false(dispatch(f, "hungry"));
    assert_int_equal(problem(f)->status, 413);
    assert_string_equal(problem(f)->detail, "The request takes more than 64 MiB of memory.");
    cs_arena_reset(&own);
    assert_true(dispatch(f, "hello"));
    cs_arena_dispose(&own);
}

static void an_answer_that_was_kept_is_sent(void **state)
{
    assert_true(dispatch(*state, "answered"));
    assert_string_equal(reply(*state)->space, "answered");
}

static void refuses_a_reply_that_does_not_fit(void **state)
{
    assert_false(dispatch(*state, "huge"));
    assert_int_equal(problem(*state)->status, 500);
}

static void waits_for_a_stage(void **state)
{
    for (int i = 0; i < 50; i++) {
        assert_true(dispatch(*state, "staged"));
        assert_string_equal(reply(*state)->space, "staged");
    }
}

static void asking_without_a_broker_fails_with_503(void **state)
{
    assert_false(dispatch(*state, "ask"));
    assert_int_equal(problem(*state)->status, 503);
}

static void unknown_method(void **state)
{
    struct fixture *f = *state;

    assert_false(cs_service_dispatch(&service, &f->call, "nothing", "", 0, &f->out, &f->len));
    assert_int_equal(problem(f)->status, 404);
}

static void malformed_request(void **state)
{
    struct fixture *f = *state;

    assert_false(
        cs_service_dispatch(&service, &f->call, "embed_texts", "\xff\xff", 2, &f->out, &f->len));
    assert_int_equal(problem(f)->status, 400);
}

static void wrong_fields_are_named(void **state)
{
    struct fixture *f = *state;

    assert_false(cs_service_dispatch(&service, &f->call, "embed_texts", "", 0, &f->out, &f->len));
    const Problem *p = problem(f);
    assert_int_equal(p->status, 400);
    assert_int_equal(p->n_errors, 2);
    assert_string_equal(p->errors[0]->field, "bot_id");
    assert_string_equal(p->errors[1]->field, "texts");
}

static void too_large_a_request(void **state)
{
    struct fixture *f = *state;
    void *in = cs_alloc(&arena, CS_MAX_MESSAGE + 1);

    assert_false(cs_service_dispatch(&service, &f->call, "embed_texts", in, CS_MAX_MESSAGE + 1,
                                     &f->out, &f->len));
    assert_int_equal(problem(f)->status, 413);
}

static void the_table_is_that_of_the_contract(void **state)
{
    size_t n = 0;

    (void)state;
    for (const struct cs_method *m = embed_methods; m->rpc; m++, n++) {
        assert_string_equal(m->rpc->service, "embed");
        assert_non_null(m->fn);
    }
    assert_int_equal(n, chatsphere__v1__embed__descriptor.n_methods);
    assert_ptr_equal(embed_methods[0].rpc, RPC_EMBED_EMBED_TEXTS);
    assert_string_equal(RPC_EMBED_EMBED_TEXTS->name, "embed/embed_texts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(answers, set_up),
        cmocka_unit_test_setup(tells_the_problem, set_up),
        cmocka_unit_test_setup(hides_what_was_not_said, set_up),
        cmocka_unit_test_setup(an_outcome_is_never_taken_for_staged, set_up),
        cmocka_unit_test_setup(a_call_beyond_its_memory_fails, set_up),
        cmocka_unit_test_setup(an_answer_that_was_kept_is_sent, set_up),
        cmocka_unit_test_setup(refuses_a_reply_that_does_not_fit, set_up),
        cmocka_unit_test_setup(waits_for_a_stage, set_up),
        cmocka_unit_test_setup(asking_without_a_broker_fails_with_503, set_up),
        cmocka_unit_test_setup(unknown_method, set_up),
        cmocka_unit_test_setup(malformed_request, set_up),
        cmocka_unit_test_setup(wrong_fields_are_named, set_up),
        cmocka_unit_test_setup(too_large_a_request, set_up),
        cmocka_unit_test(the_table_is_that_of_the_contract),
    };
    return test_run(tests);
}
