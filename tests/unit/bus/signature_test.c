/* A signature is good for one call, and every rpc that is not read_only wants one. */
#include "test.h"

#include "base/clock.h"
#include "bus/call_state.h"
#include "bus/dispatch.h"
#include "bus/signature.h"
#include "chatsphere/v1/embed.rpc.h"
#include "crypto/context.h"
#include "crypto/crypto.h"
#include "nats/topology.h"
#include "pbjson/pbjson.h"

enum { MAX_NODES = 16 };

static const char *keys[MAX_NODES]; /* of cs_topology, in its order */
static char *public_lines;
static int n_run;

CS_HANDLER(Embed, embed_texts, EmbedTextsRequest, Embeddings)
{
    (void)call;
    (void)req;
    (void)rep;
    n_run++;
    return 0;
}

CS_HANDLER(Embed, embed_range, EmbedRangeRequest, EmbedRangeReply)
{
    (void)call;
    (void)req;
    (void)rep;
    return 0;
}

static const struct cs_service service = {.methods = embed_methods};

static int set_up(void **state)
{
    (void)state;
    cs_crypto_init();
    public_lines = cs_strdup(&arena, "");
    for (size_t i = 0; cs_topology[i].service; i++) {
        char *key, *line;
        cs_signer_make(&arena, cs_topology[i].service, &key, &line);
        keys[i] = key;
        public_lines = cs_printf(&arena, "%s%s", public_lines, line);
    }
    return 0;
}

/* from now on this process is the service */
static void be(const char *name)
{
    cs_signature_stop();
    for (size_t i = 0; cs_topology[i].service; i++)
        if (strcmp(cs_topology[i].service, name) == 0)
            assert_int_equal(cs_signature_start(keys[i], public_lines), 0);
}

static struct cs_call call_new(void)
{
    return (struct cs_call){.arena = &arena,
                            .request_id = "r1",
                            .tenant = "0190a000-0000-7000-8000-000000000002",
                            .principal = "user:0190a000-0000-7000-8000-000000000001",
                            .roles = "owner"};
}

/* the call as it is received, with this signature */
static struct cs_call received(const struct cs_rpc *rpc, const char *auth)
{
    struct cs_call call = call_new();

    call.rpc = rpc;
    call.auth = auth;
    return call;
}

static int check(const struct cs_rpc *rpc, const char *auth, const char *body)
{
    struct cs_call call = received(rpc, auth);
    int r = cs_signature_check(&call, body, strlen(body));

    assert_int_equal(r, r < 0 ? -CS_UNAUTHENTICATED : 0);
    return r;
}

static const char *signature(const struct cs_rpc *rpc, const char *body)
{
    struct cs_call call = call_new();

    return cs_signature_make(&call, rpc, body, strlen(body));
}

/* for every signer and rpc of the contract */
static void every_rpc_that_is_not_read_only_wants_its_signature(void **state)
{
    (void)state;
    for (const struct cs_node *me = cs_topology; me->service; me++) {
        be(me->service);
        for (size_t i = 0; i < cs_n_rpcs; i++) {
            const struct cs_rpc *rpc = cs_rpcs[i];
            bool may = cs_topology_may_call(me, rpc->service, rpc->method);
            const char *auth = signature(rpc, "body");
            if (rpc->read_only) {
                assert_null(auth);
                assert_int_equal(check(rpc, NULL, "body"), 0);
                continue;
            }
            assert_true(check(rpc, NULL, "body") < 0);
            assert_true(check(rpc, auth, "bodx") < 0);
            const struct cs_rpc *other = cs_rpcs[(i + 1) % cs_n_rpcs];
            if (!other->read_only)
                assert_true(check(other, auth, "body") < 0);
            assert_int_equal(check(rpc, auth, "body") == 0, may);
            assert_true(check(rpc, auth, "body") < 0); /* once */
        }
    }
}

static void who_is_asked_for_is_part_of_the_signature(void **state)
{
    const struct cs_rpc *rpc = RPC_BOT_STORE_UPDATE_BOT;
    const char *auth;
    (void)state;

    be("edge");
    auth = signature(rpc, "body");
    for (int i = 0; i < 6; i++) {
        struct cs_call call = received(rpc, auth);
        const char **fields[] = {&call.request_id, &call.tenant,  &call.principal,
                                 &call.roles,      &call.session, &call.idempotency_key};
        *fields[i] = "another";
        assert_true(cs_signature_check(&call, "body", 4) < 0);
    }
    assert_int_equal(check(rpc, auth, "body"), 0);
}

static void a_key_is_opened_for_chat_and_embed_only(void **state)
{
    (void)state;
    for (const struct cs_node *me = cs_topology; me->service; me++) {
        bool may = strcmp(me->service, "chat") == 0 || strcmp(me->service, "embed") == 0;
        be(me->service);
        assert_int_equal(check(RPC_BOT_STORE_OPEN_PROVIDER_KEY,
                               signature(RPC_BOT_STORE_OPEN_PROVIDER_KEY, "b"), "b") == 0,
                         may);
    }
}

static void nothing_is_accepted_without_keys(void **state)
{
    const char *auth;
    (void)state;

    be("edge");
    auth = signature(RPC_AUTH_LOGIN, "body");
    cs_signature_stop();
    assert_true(check(RPC_AUTH_LOGIN, auth, "body") < 0);
    assert_null(signature(RPC_AUTH_LOGIN, "body"));
}

static void a_handler_runs_only_for_a_signed_call(void **state)
{
    EmbedTextsRequest req = EMBED_TEXTS_REQUEST_INIT;
    char *texts[] = {(char *)"a text"};
    struct cs_call call = call_new();
    size_t len;
    (void)state;

    req.bot_id = (char *)"0190a000-0000-7000-8000-000000000003";
    req.texts = texts;
    req.n_texts = 1;
    void *body = pbjson_pack(&arena, &req.base, &len);
    be("retrieve");
    const char *auth = cs_signature_make(&call, RPC_EMBED_EMBED_TEXTS, body, len);
    n_run = 0;
    assert_int_equal(cs_dispatch(&service, &call, "embed_texts", body, len), -CS_UNAUTHENTICATED);
    assert_int_equal(n_run, 0);
    call = call_new();
    call.auth = auth;
    assert_int_equal(cs_dispatch(&service, &call, "embed_texts", body, len), 0);
    assert_int_equal(n_run, 1);
    call = call_new();
    call.auth = auth;
    assert_int_equal(cs_dispatch(&service, &call, "embed_texts", body, len), -CS_UNAUTHENTICATED);
    assert_int_equal(n_run, 1);
}

/* refused before anything was done: a caller that signs anew may send it again */
static bool may_be_sent_again(int64_t expiry_s)
{
    const char *auth = cs_printf(&arena, "edge.%lld.nonce.AAAA", (long long)expiry_s);
    struct cs_call call = received(RPC_EMBED_EMBED_TEXTS, auth);
    struct cs_call_state state = {.call = &call};

    call.state = &state;
    assert_int_equal(cs_signature_check(&call, "body", 4), -CS_UNAUTHENTICATED);
    return state.unbegun;
}

static void a_signature_of_another_time_may_be_made_anew(void **state)
{
    int64_t now = cs_now_ms() / 1000;

    (void)state;
    be("chat");
    assert_true(may_be_sent_again(now - 3600));
    assert_true(may_be_sent_again(now + 3600));
    assert_false(may_be_sent_again(now + CS_CONTEXT_VALID_S));
}

static void malformed_keys_are_refused(void **state)
{
    (void)state;
    cs_signature_stop();
    assert_int_equal(cs_signature_start("no key", public_lines), -1);
    assert_int_equal(cs_signature_start(NULL, "no keys"), -1);
    assert_int_equal(cs_signature_start(NULL, public_lines), 0);
}

static int tear_down(void **state)
{
    (void)state;
    cs_signature_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rpc_that_is_not_read_only_wants_its_signature),
        cmocka_unit_test(who_is_asked_for_is_part_of_the_signature),
        cmocka_unit_test(a_key_is_opened_for_chat_and_embed_only),
        cmocka_unit_test(nothing_is_accepted_without_keys),
        cmocka_unit_test(a_handler_runs_only_for_a_signed_call),
        cmocka_unit_test(a_signature_of_another_time_may_be_made_anew),
        cmocka_unit_test(malformed_keys_are_refused),
    };

    return test_run_with(tests, set_up, tear_down);
}
