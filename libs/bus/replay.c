/* Frames fetched one by one from the broker's memory stream. */
#include "bus/replay.h"

#include "base/log.h"
#include "chatsphere/v1/names.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <limits.h>
#include <string.h>

enum { MAX_FRAMES = 200 * 1000 };

static const char stream[] = "CHATSPHERE_TURNS";

/* True when the stream is there, empty if it was made just now. */
static bool stream_make_again(void)
{
    natsStatus s = cs_streams_make_turns(cs_bus.js);

    if (s != NATS_OK)
        cs_log(CS_WARN, "cannot create the stream of turns again", "error", natsStatus_GetText(s),
               NULL);
    return s == NATS_OK;
}

static atomic_uint captured = UINT_MAX; /* a new process does not know what was before */

bool cs_frames_uncaptured(void)
{
    return atomic_load(&cs_bus.reconnects) != atomic_load(&captured);
}

void cs_frames_capture(void)
{
    unsigned now = atomic_load(&cs_bus.reconnects);

    if (now != atomic_load(&captured) && cs_bus.js && stream_make_again())
        atomic_store(&captured, now);
}

int cs_frames_replay(const char *subject, void (*fn)(void *state, const Frame *frame), void *state)
{
    natsStatus s = NATS_OK;
    uint64_t from = 1;
    jsDirectGetMsgOptions o;
    natsMsg *msg = NULL;

    if (!cs_bus.js || strncmp(subject, CS_TURN_SUBJECT, strlen(CS_TURN_SUBJECT)) != 0 ||
        subject[strcspn(subject, "*> \r\n\"\\")])
        return -1;
    for (int i = 0; i < MAX_FRAMES; i++) {
        jsDirectGetMsgOptions_Init(&o);
        o.Sequence = from;
        o.NextBySubject = subject;
        s = js_DirectGetMsg(&msg, cs_bus.js, stream, NULL, &o);
        if (s != NATS_OK)
            break;
        Frame *f = chatsphere__v1__frame__unpack(NULL, (size_t)natsMsg_GetDataLength(msg),
                                                 (const uint8_t *)natsMsg_GetData(msg));
        if (f)
            fn(state, f);
        chatsphere__v1__frame__free_unpacked(f, NULL);
        from = natsMsg_GetSequence(msg) + 1;
        natsMsg_Destroy(msg);
    }
    if (s == NATS_NO_RESPONDERS) /* the broker was restarted and its memory is gone */
        return stream_make_again() ? 0 : -1;
    return s == NATS_OK || s == NATS_NOT_FOUND ? 0 : -1;
}
