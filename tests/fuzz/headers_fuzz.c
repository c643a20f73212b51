/*
 * Any bytes as the headers of a call from the bus: refused as too many before they are parsed, or opened, with
 * bounded fields and no more memory than the bound, and closed again.
 */
#include "bound.h"

#include "base/clock.h"
#include "bus/call_state.h"
#include "bus/stat.h"
#include "nats/bus.h"

#include <nats/nats.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* nats.c builds a received message by it; header_len < 0: without headers */
natsStatus natsMsg_create(natsMsg **ret, const char *subject, int subject_len, const char *reply,
                          int reply_len, const char *buf, int buf_len, int header_len);

enum { FIELD_MAX = 1024 };

static void check_field(const char *field)
{
    if (field && (!*field || strlen(field) > FIELD_MAX))
        abort();
}

static void check_call(const struct cs_call *c)
{
    const char *const fields[] = {c->cancel, c->tenant, c->principal, c->roles,          c->session,
                                  c->auth,   c->frames, c->turn,      c->idempotency_key};

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        check_field(fields[i]);
    if (strlen(c->request_id) >= CS_REQUEST_ID_SIZE || c->deadline_ms > cs_mono_ms() + CS_TURN_MS)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char subject[] = "chatsphere.v1.embed.embed_texts";
    static const struct cs_method none[] = {{0}};
    static const struct cs_service service = {.methods = none};
    static bool begun;
    natsMsg *msg = NULL;

    if (!begun) {
        nats_Open(-1);
        cs_stats_init(&service);
    }
    begun = true;
    if (natsMsg_create(&msg, subject, (int)strlen(subject), NULL, 0, (const char *)data, (int)size,
                       (int)size) != NATS_OK)
        return 0;
    if (!cs_bus_headers_fit(msg)) {
        if (size <= CS_HEADERS_MAX)
            abort();
        natsMsg_Destroy(msg);
        return 0;
    }
    struct cs_call_state *s = cs_call_open(msg);
    check_call(s->call);
    bound_check(&s->arena, size);
    cs_call_close(s, cs_fail(s->call, CS_INVALID, "The input ends."));
    return 0;
}
