/* The table of services, and look-ups in it. */
#include "nats/topology.h"

#include <string.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE ((const char *const[]){NULL})
#define SECRETS(...) ((const struct cs_node_secret[]){__VA_ARGS__, {0}})

const struct cs_node cs_topology[] = {
    {
        .service = "edge",
        .program = "chatsphere-edge",
        .calls = LIST(
            "auth.change_password", "auth.check_credential", "auth.create_api_key",
            "auth.create_platform_invitation", "auth.delete_api_key", "auth.end_device_session",
            "auth.get_api_key", "auth.get_jwks", "auth.get_me", "auth.get_options", "auth.get_user",
            "auth.get_workspace", "auth.list_api_keys", "auth.list_device_sessions",
            "auth.list_plans", "auth.list_platform_invitations", "auth.list_users",
            "auth.list_workspaces", "auth.login", "auth.logout", "auth.refresh",
            "auth.register_user", "auth.revoke_platform_invitation", "auth.update_me",
            "auth.update_user", "auth.update_workspace", "bot_store.create_bot",
            "bot_store.create_identity_secret", "bot_store.delete_bot",
            "bot_store.delete_provider_key", "bot_store.get_bot", "bot_store.get_chat_config",
            "bot_store.get_embed", "bot_store.list_bots", "bot_store.list_providers",
            "bot_store.replace_bot", "bot_store.set_provider_key", "bot_store.update_bot",
            "chat.approve_tool_call", "chat.cancel_public_turn", "chat.cancel_turn",
            "chat.complete", "chat.create_conversation", "chat.create_session",
            "chat.delete_conversation", "chat.delete_session", "chat.end_conversation",
            "chat.export_conversation", "chat.get_bot_stats", "chat.get_conversation",
            "chat.get_session", "chat.get_stats", "chat.get_workspace_usage",
            "chat.list_conversations", "chat.list_messages", "chat.list_unanswered",
            "chat.preview_turn", "chat.public_message", "chat.rate_public_message",
            "chat.regenerate_turn", "chat.renew_visitor_token", "chat.resume_public_turn",
            "chat.resume_turn", "chat.retry_turn", "chat.search_conversations", "chat.send_message",
            "chat.set_feedback", "chat.test_provider_key", "chat.update_conversation",
            "embed.embed_texts", "events.create_subscription", "events.create_webhook",
            "events.delete_subscription", "events.delete_webhook", "events.get_delivery",
            "events.get_subscription", "events.get_webhook", "events.list_deliveries",
            "events.list_subscriptions", "events.list_webhooks", "events.replay_subscription",
            "events.replay_webhook", "events.rotate_subscription", "events.rotate_webhook",
            "events.test_webhook", "events.update_webhook", "events.watch_events",
            "ingest.cancel_document", "ingest.cancel_source", "ingest.complete_upload",
            "ingest.crawl_source", "ingest.create_document", "ingest.create_source",
            "ingest.create_upload", "ingest.delete_document", "ingest.delete_source",
            "ingest.delete_upload", "ingest.finish_upload", "ingest.get_document",
            "ingest.get_source", "ingest.get_upload", "ingest.list_documents", "ingest.list_pages",
            "ingest.list_sources", "ingest.preview_document", "ingest.put_part",
            "ingest.put_upload_part", "ingest.read_content", "ingest.replace_content",
            "ingest.retry_document", "ingest.update_document", "ingest.update_source",
            "ingest.watch_document", "retrieve.create_evaluation", "retrieve.delete_evaluation",
            "retrieve.get_evaluation", "retrieve.list_chunks", "retrieve.list_evaluations",
            "retrieve.search"),
        .publish = LIST("chatsphere.v1.*.ping", "chatsphere.ctl.cancel.*"),
        .subscribe = LIST("chatsphere.turn.>"),
        .reacts = NONE,
        .secrets = SECRETS({"SIGN_KEY", "sign-edge.key"}),
    },
    {
        .service = "auth",
        .program = "chatsphere-auth",
        .calls = NONE,
        .publish = LIST("chatsphere.event.v1.*.*.user.*", "chatsphere.event.v1.*.*.workspace.*",
                        "chatsphere.event.v1.*.*.api_key.*"),
        .subscribe = NONE,
        .reacts = LIST("message.completed"),
        .secrets = SECRETS({"JWT_KEY", "jwt.pem"}, {"SIGN_PUB", "sign.pub"},
                           {"ADMIN_PASSWORD", "admin.password"}),
        .has_schema = true,
    },
    {
        .service = "bot_store",
        .program = "chatsphere-bot-store",
        .calls = LIST("auth.get_usage"),
        .publish = LIST("chatsphere.event.v1.*.*.bot.*"),
        .subscribe = NONE,
        .reacts = NONE,
        .secrets = SECRETS({"SEAL_KEY", "seal.key"}, {"SIGN_PUB", "sign.pub"}),
        .has_schema = true,
    },
    {
        .service = "ingest",
        .program = "chatsphere-ingest",
        .calls = LIST("auth.check_standing", "auth.get_usage", "bot_store.get_bot",
                      "embed.embed_range", "embed.embed_texts", "retrieve.commit_version",
                      "retrieve.drop_document", "retrieve.next_unembedded", "retrieve.put_chunks",
                      "retrieve.switch_space", "retrieve.update_details"),
        .publish = LIST("chatsphere.event.v1.*.*.document.*", "chatsphere.job.v1.ingest.>"),
        .subscribe = NONE,
        .reacts = LIST("bot.deleted", "bot.updated", "user.resumed", "workspace.resumed"),
        .secrets = SECRETS({"SIGN_KEY", "sign-ingest.key"}, {"SIGN_PUB", "sign.pub"}),
        .has_schema = true,
        .has_jobs = true,
    },
    {
        .service = "embed",
        .program = "chatsphere-embed",
        .calls = LIST("bot_store.get_bot", "bot_store.open_provider_key", "retrieve.put_vectors",
                      "retrieve.read_texts"),
        .publish = NONE,
        .subscribe = NONE,
        .reacts = NONE,
        .secrets = SECRETS({"SIGN_KEY", "sign-embed.key"}, {"SIGN_PUB", "sign.pub"}),
        .has_schema = true,
    },
    {
        .service = "retrieve",
        .program = "chatsphere-retrieve",
        .calls = LIST("bot_store.get_bot", "embed.embed_texts", "retrieve.search"),
        .publish = LIST("chatsphere.job.v1.retrieve.>"),
        .subscribe = NONE,
        .reacts = LIST("bot.deleted"),
        .secrets = SECRETS({"SIGN_KEY", "sign-retrieve.key"}, {"SIGN_PUB", "sign.pub"}),
        .has_schema = true,
        .has_jobs = true,
    },
    {
        .service = "chat",
        .program = "chatsphere-chat",
        .calls = LIST("auth.check_standing", "auth.get_usage", "auth.issue_visitor_token",
                      "bot_store.check_identity", "bot_store.count_bots", "bot_store.get_bot",
                      "bot_store.get_public_bot", "bot_store.open_provider_key",
                      "embed.embed_texts", "ingest.count_documents", "retrieve.search"),
        .publish =
            LIST("chatsphere.event.v1.*.*.conversation.*", "chatsphere.event.v1.*.*.message.*",
                 "chatsphere.turn.>", "chatsphere.ctl.turn.*", "chatsphere.ctl.turn_cancel.*",
                 "chatsphere.ctl.turn_approval.*", "$JS.API.DIRECT.GET.CHATSPHERE_TURNS",
                 "$JS.API.STREAM.CREATE.CHATSPHERE_TURNS"),
        .subscribe = NONE,
        .reacts = LIST("bot.deleted", "bot.updated", "document.deleted", "document.ready",
                       "document.updated"),
        .secrets = SECRETS({"SIGN_KEY", "sign-chat.key"}, {"SIGN_PUB", "sign.pub"}),
        .has_schema = true,
    },
    {
        .service = "events",
        .program = "chatsphere-events",
        .calls = LIST("auth.check_standing", "auth.get_usage"),
        /* the broker knows no pattern for the names of subscribers' consumers alone */
        .publish = LIST("chatsphere.event.v1.*.*.webhook.*",
                        "$JS.API.CONSUMER.DURABLE.CREATE.CHATSPHERE_EVENTS.*",
                        "$JS.API.CONSUMER.DELETE.CHATSPHERE_EVENTS.*",
                        "$JS.API.CONSUMER.INFO.CHATSPHERE_EVENTS.*"),
        .subscribe = NONE,
        .reacts = LIST(">"),
        .secrets = SECRETS({"SEAL_KEY", "seal-events.key"}, {"SIGN_PUB", "sign.pub"},
                           {"NATS_CLAIMS", "claims.creds"}),
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

bool cs_topology_may_call(const struct cs_node *caller, const char *service, const char *method)
{
    size_t n = strlen(service);

    for (const char *const *c = caller->calls; *c; c++)
        if (strncmp(*c, service, n) == 0 && (*c)[n] == '.' &&
            (!method || strcmp(*c + n + 1, method) == 0))
            return true;
    return false;
}
