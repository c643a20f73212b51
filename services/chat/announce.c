/* Messages of events.proto, filled from rows of conversations and messages. */
#include "chat/announce.h"

#include "bus/event.h"

void announce_conversation(struct cs_call *call, const char *event, const Conversation *c,
                           int64_t version, const char *const *changed)
{
    ConversationEvent payload = CONVERSATION_EVENT_INIT;

    payload.conversation_id = c->id;
    payload.bot_id = c->bot_id;
    ConversationEvent_set_version(&payload, version);
    payload.changed = (char **)(uintptr_t)changed;
    while (changed && changed[payload.n_changed])
        payload.n_changed++;
    cs_event(call, &(struct cs_event){
                       .tenant = call->tenant,
                       .bot = c->bot_id,
                       .aggregate = "conversation",
                       .event = event,
                       .id = c->id,
                       .version = version,
                       .payload = &payload.base,
                   });
}

void announce_message(struct cs_call *call, const char *event, const MessageEvent *m)
{
    cs_event(call, &(struct cs_event){
                       .tenant = call->tenant,
                       .bot = m->bot_id,
                       .aggregate = "message",
                       .event = event,
                       .id = m->message_id,
                       .version = 1,
                       .payload = &m->base,
                   });
}

void announce_sources(struct cs_arena *a, const SourcesFrame *sources, MessageEvent *m)
{
    m->n_sources = sources ? sources->n_items : 0;
    m->sources = CS_NEW(a, Source *, m->n_sources);
    for (size_t i = 0; i < m->n_sources; i++) {
        m->sources[i] = Source_new(a);
        *m->sources[i] = *sources->items[i];
        m->sources[i]->text = m->sources[i]->heading_path = NULL;
        m->sources[i]->document_name = m->sources[i]->document_url = NULL;
    }
}
