#include "bus/replay.h"

#include "bus/bus.h"
#include "bus/wire.h"
#include "chatsphere/v1/names.h"

#include <stdio.h>
#include <string.h>

enum { MAX_FRAMES = 200 * 1000, MAX_SUBJECT = 128 };

static const char stream[] = "CHATSPHERE_TURNS";

/* the next frame of the subject from sequence number `from`; NULL with NATS_NOT_FOUND: no more */
static natsStatus next(const char *subject, uint64_t from, natsMsg **ret)
{
    jsDirectGetMsgOptions o;

    jsDirectGetMsgOptions_Init(&o);
    o.Sequence = from;
    o.NextBySubject = subject;
    return js_DirectGetMsg(ret, cs_bus.js, stream, NULL, &o);
}

int cs_frames_replay(const char *turn, void (*fn)(void *state, const Frame *frame), void *state)
{
    char subject[MAX_SUBJECT];
    natsStatus s = NATS_OK;
    uint64_t from = 1;
    natsMsg *msg = NULL;

    if (!cs_bus.js || turn[strcspn(turn, ".*> \r\n\"\\")])
        return -1;
    snprintf(subject, sizeof(subject), CS_TURN_SUBJECT "*.*.%s", turn);
    for (int i = 0; i < MAX_FRAMES && (s = next(subject, from, &msg)) == NATS_OK; i++) {
        Frame *f = chatsphere__v1__frame__unpack(NULL, (size_t)natsMsg_GetDataLength(msg),
                                                 (const uint8_t *)natsMsg_GetData(msg));
        if (f)
            fn(state, f);
        chatsphere__v1__frame__free_unpacked(f, NULL);
        from = natsMsg_GetSequence(msg) + 1;
        natsMsg_Destroy(msg);
    }
    return s == NATS_OK || s == NATS_NOT_FOUND ? 0 : -1;
}
