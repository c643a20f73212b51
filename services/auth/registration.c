/* The mode of registration, and the handlers of GetOptions and RegisterUser. */
#include "auth/registration.h"

#include "auth/account.h"
#include "auth/auth.h"
#include "auth/caller.h"
#include "auth/hasher.h"
#include "auth/password.h"
#include "auth/rules.h"
#include "auth/session.h"
#include "auth/token.h"
#include "base/clock.h"

#include <string.h>
#include <strings.h>

static RegistrationMode mode = REGISTRATION_MODE_OPEN; /* set once, before any worker runs */

bool registration_init(const char *word)
{
    static const struct {
        const char *word;
        RegistrationMode mode;
    } modes[] = {
        {"open", REGISTRATION_MODE_OPEN},
        {"invite", REGISTRATION_MODE_INVITE},
        {"closed", REGISTRATION_MODE_CLOSED},
    };

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(modes[i].word, word) == 0) {
            mode = modes[i].mode;
            return true;
        }
    return false;
}

const char *registration_refusal(const char *invitation)
{
    if (mode == REGISTRATION_MODE_CLOSED)
        return "Registration is closed on this platform.";
    if (mode == REGISTRATION_MODE_INVITE && !invitation)
        return "Registration needs an invitation. Ask the staff of this platform for one.";
    return NULL;
}

CS_HANDLER(Auth, get_options, Empty, AuthOptions)
{
    (void)req;
    rep->has_registration = rep->has_password_reset = true;
    rep->registration = mode;
    rep->password_reset = false;
    rep->version = cs_strdup(call->arena, CHATSPHERE_VERSION);
    return 0;
}

/* notes every field that is wrong */
static int registration_check(struct cs_call *call, const RegisterRequest *req)
{
    const char *wrong;
    int r = 0;

    if ((wrong = rules_username(req->username)))
        r = cs_fail_field(call, "username", "%s", wrong);
    if ((wrong = rules_email(req->email)))
        r = cs_fail_field(call, "email", "%s", wrong);
    if ((wrong = password_wrong(call->arena, req->password)))
        r = cs_fail_field(call, "password", "%s", wrong);
    return r;
}

/* a refusal that names its field, as wrong fields are named */
static int registration_fail(struct cs_call *call, enum cs_error e, const char *field,
                             const char *message, const char *detail)
{
    cs_fail_field(call, field, "%s", message);
    call->status = (int)e;
    call->detail = detail;
    return -(int)e;
}

static int registration_taken(struct cs_call *call, const char *field)
{
    return registration_fail(call, CS_CONFLICT, field,
                             strcmp(field, "email") == 0
                                 ? "An account with this email address exists."
                                 : "An account with this username exists.",
                             "An account with this username or email address exists.");
}

struct registration {
    const RegisterRequest *req;
    char *hash; /* of the password */
};

static void registration_hash(struct cs_call *call, void *state)
{
    struct registration *g = state;

    g->hash = password_hash(call->arena, g->req->password);
}

static int registration_end(struct cs_call *call, void *state)
{
    const struct registration *g = state;
    const RegisterRequest *req = g->req;
    struct account *acc = account_new(call, req->username, req->email);
    unsigned char invitation[STORE_HASH];
    struct session session;
    const char *taken;
    int r;

    acc->password = g->hash;
    acc->first_name = req->first_name;
    acc->last_name = req->last_name;
    session_new(call, req->user_agent, req->address, &session);
    if (req->invitation)
        token_hash(invitation, req->invitation);
    r = store_register(call, acc, &session.row, req->invitation ? invitation : NULL);
    if (r != 0)
        return r < 0 ? r
                     : registration_fail(call, CS_FORBIDDEN, "invitation",
                                         "The invitation is unknown, used, revoked, expired or for "
                                         "another email address.",
                                         "The invitation is invalid.");
    account_event(call, acc, "created", NULL);
    r = store_register_end(call, &taken);
    if (r != 0)
        return r < 0 ? r : registration_taken(call, taken);
    return session_reply(call, &session, acc, (Session *)call->rep);
}

CS_HANDLER(Auth, register_user, RegisterRequest, Session)
{
    struct registration *g = CS_NEW(call->arena, struct registration, 1);
    struct attempt attempt = attempt_of(req->address, NULL, cs_mono_ms());
    const char *refusal;
    int r;

    (void)rep;
    g->req = req;
    if ((refusal = registration_refusal(req->invitation)))
        return cs_fail(call, CS_FORBIDDEN, "%s", refusal);
    if ((r = registration_check(call, req)) < 0)
        return r;
    if (strcasecmp(req->username, SEED_USERNAME) == 0)
        return registration_taken(call, "username");
    if (strcasecmp(req->email, SEED_EMAIL) == 0)
        return registration_taken(call, "email");
    return hasher_stage(call, &attempt, registration_hash, registration_end, g);
}
