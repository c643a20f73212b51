/* Reads bot events of a subscription: consumer <subscription.json> <count>. The answer to POST /api/v1/event-subscriptions is
 * the file. chatsphere/v1/events.pb-c.[ch] are made from /api/proto.tar.gz; protoc -I proto --c_out=. proto/chatsphere/v1/*.proto,
 * and this is built with -lnats -ljansson -lprotobuf-c. */
#include "chatsphere/v1/events.pb-c.h"

#include <jansson.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *header(natsMsg *m, const char *name)
{
    const char *value = NULL;
    return natsMsgHeader_Get(m, name, &value) == NATS_OK ? value : "";
}

static void event_print(natsMsg *m)
{
    printf("%s %s", header(m, "ce-type"), header(m, "ce-subject"));
    if (strcmp(header(m, "ce-dataschema"), "urn:protobuf:chatsphere.v1.BotEvent") == 0) {
        Chatsphere__V1__BotEvent *e = chatsphere__v1__bot_event__unpack(
            NULL, (size_t)natsMsg_GetDataLength(m), (const uint8_t *)natsMsg_GetData(m));
        if (e)
            printf(" {\"bot_id\":\"%s\",\"version\":%lld}", e->bot_id, (long long)e->version);
        chatsphere__v1__bot_event__free_unpacked(e, NULL);
    }
    puts("");
}

int main(int argc, char **argv)
{
    char creds[] = "/tmp/creds-XXXXXX", *url, *stream, *consumer, *inbox, *api, *text;
    json_t *s = argc == 3 ? json_load_file(argv[1], 0, NULL) : NULL;
    natsConnection *nc = NULL;
    natsOptions *o = NULL;
    natsSubscription *sub = NULL;
    jsCtx *js = NULL;
    jsOptions jo;
    jsSubOptions so;
    jsErrCode code;
    FILE *f;

    if (!s ||
        json_unpack(s, "{s:s, s:s, s:s, s:s, s:s, s:s}", "nats_url", &url, "stream", &stream,
                    "consumer", &consumer, "inbox_prefix", &inbox, "api_prefix", &api,
                    "credentials", &text) < 0 ||
        !(f = fdopen(mkstemp(creds), "w")) || fputs(text, f) < 0 || fclose(f) != 0)
        return 2;
    natsOptions_Create(&o);
    natsOptions_SetURL(o, url);
    natsOptions_SetCustomInboxPrefix(o, inbox);
    natsOptions_SetUserCredentialsFromFiles(o, creds, NULL);
    jsOptions_Init(&jo);
    jo.Prefix = api;
    jsSubOptions_Init(&so);
    so.Stream = stream;
    so.Consumer = consumer;
    if (natsConnection_Connect(&nc, o) != NATS_OK ||
        natsConnection_JetStream(&js, nc, &jo) != NATS_OK ||
        js_PullSubscribe(&sub, js, "", consumer, NULL, &so, &code) != NATS_OK)
        return nats_PrintLastErrorStack(stderr), unlink(creds), 1;
    for (long left = atol(argv[2]); left > 0;) {
        natsMsgList list = {0};
        if (natsSubscription_Fetch(&list, sub, 1, 5000, &code) == NATS_OK) {
            event_print(list.Msgs[0]);
            natsMsg_AckSync(list.Msgs[0], NULL, &code);
            left--;
        }
        natsMsgList_Destroy(&list);
    }
    return unlink(creds);
}
