// Reads bot events of a subscription: consumer <subscription.json> <file.creds> <count>. The first file is the answer to
// POST /api/v1/event-subscriptions, the second its `credentials`. The messages are made from /api/proto.tar.gz:
// protoc -I proto --c_out=. proto/chatsphere/v1/*.proto; link with -lnats -ljansson -lprotobuf-c
#include "chatsphere/v1/events.pb-c.h"
#include <jansson.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>

static void event_print(natsMsg *m)
{
    const char *type = "", *subject = "";
    Chatsphere__V1__BotEvent *e = chatsphere__v1__bot_event__unpack(
        NULL, (size_t)natsMsg_GetDataLength(m), (const uint8_t *)natsMsg_GetData(m));

    natsMsgHeader_Get(m, "ce-type", &type);
    natsMsgHeader_Get(m, "ce-subject", &subject);
    if (e)
        printf("%s %s {\"bot_id\":\"%s\",\"version\":%lld}\n", type, subject, e->bot_id,
               (long long)e->version);
    chatsphere__v1__bot_event__free_unpacked(e, NULL);
}

int main(int argc, char **argv)
{
    char *url, *stream, *consumer, *inbox, *api;
    json_t *s = argc == 4 ? json_load_file(argv[1], 0, NULL) : NULL;
    natsConnection *nc = NULL;
    natsOptions *o = NULL;
    natsSubscription *sub = NULL;
    jsCtx *js = NULL;

    if (json_unpack(s, "{s:s, s:s, s:s, s:s, s:s}", "nats_url", &url, "stream", &stream, "consumer",
                    &consumer, "inbox_prefix", &inbox, "api_prefix", &api) < 0)
        return 2;
    natsOptions_Create(&o);
    natsOptions_SetURL(o, url);
    natsOptions_SetCustomInboxPrefix(o, inbox);
    natsOptions_SetUserCredentialsFromFiles(o, argv[2], NULL);
    jsOptions jo = {.Prefix = api, .Wait = 5000};
    jsSubOptions so;
    jsSubOptions_Init(&so);
    so.Stream = stream;
    so.Consumer = consumer;
    if (natsConnection_Connect(&nc, o) != NATS_OK ||
        natsConnection_JetStream(&js, nc, &jo) != NATS_OK ||
        js_PullSubscribe(&sub, js, "", consumer, NULL, &so, NULL) != NATS_OK)
        return nats_PrintLastErrorStack(stderr), 1;
    for (long left = atol(argv[3]); left > 0;) {
        natsMsgList list = {0};
        if (natsSubscription_Fetch(&list, sub, 1, 5000, NULL) == NATS_OK) {
            event_print(list.Msgs[0]);
            natsMsg_AckSync(list.Msgs[0], NULL, NULL);
            left--;
        }
        natsMsgList_Destroy(&list);
    }
}
