/* Frames of a turn or a document, published to the reader that the call names. */
#include "bus/service.h"
#include "chatsphere/v1/names.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <string.h>

void cs_frame_to(const char *subject, uint32_t seq, struct Chatsphere__V1__Frame *frame)
{
    static const char inbox[] = "_INBOX.";
    struct cs_arena a;
    unsigned char *data;
    size_t len;

    /* a header may name no other place: a turn, or the inbox of the program that watches */
    if (strncmp(subject, CS_TURN_SUBJECT, strlen(CS_TURN_SUBJECT)) != 0 &&
        strncmp(subject, inbox, strlen(inbox)) != 0)
        return;
    Frame_set_seq(frame, seq);
    cs_arena_init(&a);
    len = chatsphere__v1__frame__get_packed_size(frame);
    data = cs_alloc(&a, len);
    chatsphere__v1__frame__pack(frame, data);
    cs_bus_publish(subject, data, len);
    cs_arena_dispose(&a);
}

void cs_frame(struct cs_call *call, struct Chatsphere__V1__Frame *frame)
{
    if (call->frames)
        cs_frame_to(call->frames, ++call->frame_seq, frame);
}
