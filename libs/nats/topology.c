/* The table of services, and look-ups in it. */
#include "nats/topology.h"

#include <string.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE ((const char *const[]){NULL})
#define SECRETS(...) ((const struct cs_node_secret[]){__VA_ARGS__, {0}})
#define NO_SECRETS ((const struct cs_node_secret[]){{0}})

const struct cs_node cs_topology[] = {
    {
        .service = "edge",
        .program = "chatsphere-edge",
        .calls = LIST("auth", "bot_store", "ingest", "embed", "retrieve", "chat"),
        .publish = LIST("chatsphere.ctl.cancel.*", "$SRV.>"),
        .subscribe = LIST("chatsphere.turn.>"),
        .reacts = NONE,
        .secrets = SECRETS({"SIGN_KEY", "sign-edge.key"}),
    },
    {
        .service = "auth",
        .program = "chatsphere-auth",
        .calls = NONE,
        .publish = LIST("chatsphere.event.v1.*.*.user.*", "chatsphere.event.v1.*.*.api_key.*"),
        .subscribe = NONE,
        .reacts = LIST("message.completed"),
        .secrets = SECRETS({"JWT_KEY", "jwt.pem"}, {"SIGN_PUB", "sign.pub"},
                           {"ADMIN_PASSWORD", "admin.password"}),
        .has_schema = true,
    },
    {
        .service = "bot_store",
        .program = "chatsphere-bot-store",
        .calls = LIST("auth"),
        .publish = LIST("chatsphere.event.v1.*.*.bot.*"),
        .subscribe = NONE,
        .reacts = NONE,
        .secrets = SECRETS({"SEAL_KEY", "seal.key"}, {"SIGN_PUB", "sign.pub"}),
        .has_schema = true,
    },
    {
        .service = "ingest",
        .program = "chatsphere-ingest",
        .calls = LIST("bot_store", "retrieve", "embed", "auth"),
        .publish = LIST("chatsphere.event.v1.*.*.document.*", "chatsphere.job.v1.ingest.>"),
        .subscribe = NONE,
        .reacts = LIST("bot.deleted"),
        .secrets = NO_SECRETS,
        .has_schema = true,
        .has_jobs = true,
    },
    {
        .service = "embed",
        .program = "chatsphere-embed",
        .calls = LIST("bot_store", "retrieve"),
        .publish = NONE,
        .subscribe = NONE,
        .reacts = NONE,
        .secrets = SECRETS({"SIGN_KEY", "sign-embed.key"}),
    },
    {
        .service = "retrieve",
        .program = "chatsphere-retrieve",
        .calls = LIST("embed", "bot_store"),
        .publish = NONE,
        .subscribe = NONE,
        .reacts = LIST("bot.deleted"),
        .secrets = NO_SECRETS,
        .has_schema = true,
    },
    {
        .service = "chat",
        .program = "chatsphere-chat",
        .calls = LIST("bot_store", "retrieve", "embed", "auth"),
        .publish =
            LIST("chatsphere.event.v1.*.*.conversation.*", "chatsphere.event.v1.*.*.message.*",
                 "chatsphere.turn.>", "chatsphere.ctl.turn.*", "chatsphere.ctl.turn_cancel.*",
                 "$JS.API.DIRECT.GET.CHATSPHERE_TURNS", "$JS.API.STREAM.CREATE.CHATSPHERE_TURNS"),
        .subscribe = NONE,
        .reacts = LIST("bot.deleted"),
        .secrets = SECRETS({"SIGN_KEY", "sign-chat.key"}),
        .has_schema = true,
    },
    {0},
};

const struct cs_node *cs_topology_find(const char *service)
{
    for (const struct cs_node *n = cs_topology; n->service; n++)
        if (strcmp(n->service, service) == 0)
            return n;
    return NULL;
}

const char *cs_node_process(const struct cs_node *node)
{
    return node->program + strlen("chatsphere-");
}

const char *cs_node_secret(const struct cs_node *node, const char *setting)
{
    for (const struct cs_node_secret *s = node->secrets; s->file; s++)
        if (strcmp(s->setting, setting) == 0)
            return s->file;
    return NULL;
}

bool cs_topology_may_call(const struct cs_node *caller, const char *service)
{
    for (const char *const *c = caller->calls; *c; c++)
        if (strcmp(*c, service) == 0)
            return true;
    return false;
}
