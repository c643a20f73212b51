/* The keys of this process, and the signatures it has accepted. */
#include "bus/signature.h"

#include "base/clock.h"
#include "base/log.h"
#include "bus/call_state.h"
#include "crypto/context.h"
#include "crypto/once.h"
#include "nats/topology.h"
#include "obs/metrics.h"
#include "obs/secret_watch.h"

#include <pthread.h>

/* set once, before any worker runs; their keys are loaded anew when the files change */
static struct cs_signer *signer;
static struct cs_verifier *verifier;
static struct cs_metric *refused;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cs_once accepted;

static const char sign_key_form[] = "must be lines of a name and a base64url seed";
static const char sign_pub_form[] = "must be lines of a name and a public key";

static int setting_wrong(const char *name, const char *reason)
{
    cs_log(CS_ERROR, "a setting is wrong", "setting", name, "reason", reason, NULL);
    return -1;
}

static int signer_load(const char *text)
{
    return cs_signer_load(signer, text) ? 0 : setting_wrong("CHATSPHERE_SIGN_KEY", sign_key_form);
}

static int verifier_load(const char *text)
{
    return cs_verifier_load(verifier, text) ? 0
                                            : setting_wrong("CHATSPHERE_SIGN_PUB", sign_pub_form);
}

int cs_signature_start(const char *sign_key, const char *sign_pub)
{
    refused = cs_counter("cs_calls_unsigned_total", NULL,
                         "Calls refused because their signature was absent, invalid or used");
    signer = sign_key ? cs_signer_new(sign_key) : NULL;
    if (sign_key && !signer)
        return setting_wrong("CHATSPHERE_SIGN_KEY", sign_key_form);
    verifier = cs_verifier_new(sign_pub);
    if (!verifier)
        return setting_wrong("CHATSPHERE_SIGN_PUB", sign_pub_form);
    if (signer)
        cs_secret_watch("SIGN_KEY", signer_load);
    cs_secret_watch("SIGN_PUB", verifier_load);
    return 0;
}

void cs_signature_stop(void)
{
    cs_signer_free(signer);
    cs_verifier_free(verifier);
    signer = NULL;
    verifier = NULL;
    cs_once_clear(&accepted);
}

static struct cs_context context_of(const struct cs_call *call, const struct cs_rpc *rpc,
                                    const void *data, size_t len)
{
    return (struct cs_context){
        .service = rpc->service,
        .method = rpc->method,
        .body = data,
        .len = len,
        .request_id = call->request_id,
        .tenant = call->tenant,
        .principal = call->principal,
        .roles = call->roles,
        .session = call->session,
    };
}

const char *cs_signature_make(struct cs_call *call, const struct cs_rpc *rpc, const void *data,
                              size_t len)
{
    struct cs_context c = context_of(call, rpc, data, len);

    return rpc->read_only || !signer ? NULL : cs_context_sign(call->arena, signer, &c);
}

/* NULL when the signature is good for this call, else why it is not */
static const char *signature_fault(struct cs_call *call, const void *data, size_t len)
{
    struct cs_context c = context_of(call, call->rpc, data, len);
    const struct cs_node *node;
    uint64_t mark;

    c.idempotency_key = call->idempotency_key;
    if (!call->auth)
        return "the signature is absent";
    const char *name =
        verifier ? cs_context_verify(call->arena, verifier, &c, call->auth, &mark) : NULL;
    if (!name)
        return "the signature is invalid";
    node = cs_topology_find(name);
    if (!node || !cs_topology_may_call(node, call->rpc->service, call->rpc->method))
        return "the signer may not call this method";
    pthread_mutex_lock(&lock);
    bool first = cs_once_first(&accepted, mark, cs_mono_ms());
    pthread_mutex_unlock(&lock);
    if (!first)
        return "the signature was used before";
    call->signer = node;
    return NULL;
}

int cs_signature_check(struct cs_call *call, const void *data, size_t len)
{
    const char *fault = call->rpc->read_only ? NULL : signature_fault(call, data, len);

    if (!fault)
        return 0;
    if (refused)
        cs_metric_add(refused, 1);
    cs_log(CS_WARN, "a call was refused", "method", call->rpc->name, "reason", fault, "principal",
           call->principal, NULL);
    /* a clock has stepped between signing and this: the edge signs its next try anew */
    if (call->auth && call->state && cs_context_outdated(call->auth))
        call->state->unbegun = true;
    return cs_fail_caller(call);
}
