/* `chatsphere streams`: depth of the broker's streams, and the lag of their consumers. */
#include "cli/cli.h"

#include "cli/options.h"
#include "nats/tail.h"
#include "nats/tls.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { ASK_MS = 5000 };

static const struct cs_env settings[] = {CS_NATS_ENV("path of ops.creds"), {0}};

/* The broker's answer about JetStream, to be freed; NULL with a message. */
static json_t *jetstream_ask(natsConnection *nc, const char *subject, long offset)
{
    char body[48];
    natsMsg *reply = NULL;
    json_t *answer = NULL;

    snprintf(body, sizeof(body), "{\"offset\":%ld}", offset);
    natsStatus s = natsConnection_RequestString(&reply, nc, subject, body, ASK_MS);
    if (s == NATS_OK)
        answer = json_loadb(natsMsg_GetData(reply), (size_t)natsMsg_GetDataLength(reply), 0, NULL);
    natsMsg_Destroy(reply);
    if (!answer)
        fprintf(stderr, "%s: %s\n", subject, natsStatus_GetText(s));
    return answer;
}

static long long number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* All items of a paged list, each given to fn; false: a page did not come. */
static bool list_each(natsConnection *nc, const char *subject, const char *name,
                      void (*fn)(json_t *item, void *state), void *state)
{
    long offset = 0, total = 1;

    while (offset < total) {
        json_t *answer = jetstream_ask(nc, subject, offset), *item;
        json_t *items = json_object_get(answer, name);
        size_t i;
        if (!answer)
            return false;
        total = json_array_size(items) > 0 ? (long)number_of(answer, "total") : 0;
        json_array_foreach(items, i, item) {
            fn(item, state);
        }
        offset += (long)json_array_size(items);
        json_decref(answer);
    }
    return true;
}

static void consumer_print(json_t *consumer, void *state)
{
    long long waiting = number_of(consumer, "num_pending");
    long long unacked = number_of(consumer, "num_ack_pending");
    (void)state;

    printf("  %-56s lag %-8lld unacknowledged %-6lld redelivered %lld\n",
           json_string_value(json_object_get(consumer, "name")), waiting + unacked, unacked,
           number_of(consumer, "num_redelivered"));
}

struct printing {
    natsConnection *nc;
    bool failed;
};

static void stream_print(json_t *stream, void *state)
{
    struct printing *p = state;
    const json_t *kept = json_object_get(stream, "state");
    const char *name =
        json_string_value(json_object_get(json_object_get(stream, "config"), "name"));
    char subject[160];

    printf("%-20s %lld messages, %lld bytes, numbers %lld to %lld, %lld consumers\n", name,
           number_of(kept, "messages"), number_of(kept, "bytes"), number_of(kept, "first_seq"),
           number_of(kept, "last_seq"), number_of(kept, "consumer_count"));
    snprintf(subject, sizeof(subject), "$JS.API.CONSUMER.LIST.%s", name);
    if (!list_each(p->nc, subject, "consumers", consumer_print, NULL))
        p->failed = true;
}

CLI_COMMAND(cli_streams)
{
    struct cs_ops ops;

    if (!cli_options(command, argc, argv, NULL, NULL, settings) || !cs_nats_plaintext_check())
        return CLI_USAGE;
    if (!cs_ops_open(&ops))
        return CLI_FAILED;
    struct printing p = {.nc = ops.nc};
    bool good = list_each(ops.nc, "$JS.API.STREAM.LIST", "streams", stream_print, &p);
    cs_ops_close(&ops);
    return good && !p.failed ? CLI_DONE : CLI_FAILED;
}
