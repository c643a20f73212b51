/* Which replies and frames reach a call of the edge. The connection is the test's own. */
#include "edge/bus/bridge_impl.h"

#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static char reply_to[256], frames_to[256], auth[256];
static struct cs_signer *signer;
static struct cs_verifier *verifier;
static int n_done, n_frames;

/* ---- the connection ---- */

natsStatus natsConnection_PublishMsg(natsConnection *nc, natsMsg *msg)
{
    const char *frames = NULL, *signature = NULL;
    (void)nc;

    natsMsgHeader_Get(msg, CS_H_FRAMES, &frames);
    natsMsgHeader_Get(msg, CS_H_AUTH, &signature);
    snprintf(auth, sizeof(auth), "%s", signature ? signature : "");
    snprintf(reply_to, sizeof(reply_to), "%s", natsMsg_GetReply(msg));
    snprintf(frames_to, sizeof(frames_to), "%s", frames ? frames : "");
    return NATS_OK;
}

void bridge_connect(struct bridge *b)
{
    b->connected = true;
}

void bridge_reconnect(struct bridge *b)
{
    (void)b;
}

void bridge_disconnect(struct bridge *b)
{
    (void)b;
}

void bridge_flush(struct bridge *b)
{
    (void)b;
}

/* ---- the caller ---- */

static void on_done(void *user, const struct bridge_reply *reply)
{
    (void)user;
    (void)reply;
    n_done++;
}

static void on_frame(void *user, const void *data, size_t len)
{
    (void)user;
    (void)data;
    (void)len;
    n_frames++;
}

static struct bridge_service *service_of(struct bridge *b, const char *name)
{
    for (int i = 0; i < b->n_services; i++)
        if (strcmp(b->services[i].name, name) == 0)
            return &b->services[i];
    return NULL;
}

/* A message of this token comes by the inbox of the service. */
static void reply_comes(struct bridge *b, const char *service, const char *token)
{
    struct bridge_service *s = service_of(b, service);
    char subject[256];
    natsMsg *msg = NULL;

    snprintf(subject, sizeof(subject), "%s%s", s->inbox, token);
    natsMsg_Create(&msg, subject, NULL, "", 0);
    bridge_on_reply(b, s, msg);
    natsMsg_Destroy(msg);
}

static void frame_comes(struct bridge *b, const char *service, const char *token)
{
    natsMsg *msg = NULL;

    natsMsg_Create(&msg, "x", NULL, "", 0);
    bridge_on_frame(b, service ? service_of(b, service) : NULL, token, msg);
    natsMsg_Destroy(msg);
}

static struct bridge *bridge_of(int loop)
{
    static struct bridge_settings settings = {.edge_id = "e1"};

    settings.signer = signer;
    n_done = n_frames = 0;
    return bridge_new(NULL, loop, &settings);
}

static const char *token_of(const char *subject)
{
    return strrchr(subject, '.') + 1;
}

static void only_the_called_service_with_the_word_answers(void **state)
{
    struct bridge *b = bridge_of(0);
    struct bridge_call call = {.rpc = RPC_AUTH_GET_ME, .data = "", .done = on_done};
    char other[CS_REPLY_TOKEN];
    (void)state;

    bridge_send(b, &call);
    assert_int_equal(strncmp(reply_to, "_INBOX.edge.e1-0.auth.", 22), 0);
    reply_comes(b, "retrieve", token_of(reply_to));
    cs_reply_token(other, &(struct cs_reply){call.id.slot, call.id.word + 1});
    reply_comes(b, "auth", other);
    cs_reply_token(other, &(struct cs_reply){call.id.slot + 1, call.id.word});
    reply_comes(b, "auth", other);
    reply_comes(b, "auth", "0-1");
    assert_int_equal(n_done, 0);
    reply_comes(b, "auth", token_of(reply_to));
    assert_int_equal(n_done, 1);
    reply_comes(b, "auth", token_of(reply_to));
    assert_int_equal(n_done, 1);
    bridge_close(b);
}

static void frames_of_a_watch_come_from_the_watched_service(void **state)
{
    struct bridge *b = bridge_of(1);
    struct bridge_call call = {.rpc = RPC_INGEST_WATCH_DOCUMENT,
                               .data = "",
                               .frames = BRIDGE_WATCH,
                               .done = on_done,
                               .frame = on_frame};
    const char *token;
    (void)state;

    bridge_send(b, &call);
    assert_int_equal(strncmp(frames_to, "_INBOX.edge.e1-1.ingest.w", 25), 0);
    token = token_of(frames_to) + 1;
    frame_comes(b, "retrieve", token);
    frame_comes(b, NULL, token); /* by the subject of turns */
    assert_int_equal(n_frames, 0);
    frame_comes(b, "ingest", token);
    assert_int_equal(n_frames, 1);
    bridge_cancel(b, &call, false);
    frame_comes(b, "ingest", token);
    assert_int_equal(n_frames, 1);
    bridge_close(b);
}

static void frames_of_a_turn_come_by_the_subject_of_turns(void **state)
{
    struct bridge *b = bridge_of(2);
    struct bridge_call call = {.rpc = RPC_CHAT_SEND_MESSAGE,
                               .data = "",
                               .frames = BRIDGE_TURN,
                               .turn = "t1",
                               .done = on_done,
                               .frame = on_frame};
    const char *token;
    char wrong[256];
    (void)state;

    bridge_send(b, &call);
    assert_int_equal(strncmp(frames_to, "chatsphere.turn.e1-2.", 21), 0);
    token = frames_to + 21;
    frame_comes(b, "chat", token);
    snprintf(wrong, sizeof(wrong), "%s", token);
    wrong[CS_REPLY_TOKEN - 2] ^= 1; /* another digit at the end of the word */
    frame_comes(b, NULL, wrong);
    assert_int_equal(n_frames, 0);
    frame_comes(b, NULL, token);
    assert_int_equal(n_frames, 1);
    bridge_cancel(b, &call, false);
    bridge_close(b);
}

/* signed for this call alone, and anew at each try */
static void a_call_that_changes_something_is_signed(void **state)
{
    struct bridge *b = bridge_of(3);
    struct bridge_call call = {.rpc = RPC_AUTH_LOGIN,
                               .data = "body",
                               .len = 4,
                               .request_id = "r1",
                               .idempotency_key = "k1",
                               .done = on_done};
    struct bridge_call read = {.rpc = RPC_AUTH_GET_ME, .data = "", .done = on_done};
    struct cs_context c = {.service = "auth",
                           .method = "login",
                           .body = "body",
                           .len = 4,
                           .request_id = "r1",
                           .idempotency_key = "k1"};
    uint64_t first, second;
    (void)state;

    bridge_send(b, &read);
    assert_string_equal(auth, "");
    bridge_send(b, &call);
    assert_string_equal(cs_context_verify(&arena, verifier, &c, auth, &first), "edge");
    bridge_cancel(b, &call, false);
    bridge_send(b, &call);
    assert_non_null(cs_context_verify(&arena, verifier, &c, auth, &second));
    assert_true(first != second);
    bridge_close(b);
}

static int set_up(void **state)
{
    char *key, *line;

    (void)state;
    cs_crypto_init();
    cs_signer_make(&arena, "edge", &key, &line);
    signer = cs_signer_new(key);
    verifier = cs_verifier_new(line);
    return nats_Open(-1) == NATS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    cs_signer_free(signer);
    cs_verifier_free(verifier);
    nats_Close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_called_service_with_the_word_answers),
        cmocka_unit_test(frames_of_a_watch_come_from_the_watched_service),
        cmocka_unit_test(frames_of_a_turn_come_by_the_subject_of_turns),
        cmocka_unit_test(a_call_that_changes_something_is_signed),
    };

    return test_run_with(tests, set_up, tear_down);
}
