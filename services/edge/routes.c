/* The table of routes. */
#include "edge/routes.h"

#include "edge/local.h"
#include "edge/openai.h"

#include "chatsphere/v1/names.h"

/* short words for the columns */
#define GET HTTP_GET
#define POST HTTP_POST
#define PUT HTTP_PUT
#define PATCH HTTP_PATCH
#define DELETE HTTP_DELETE
#define BOT "/api/v1/bots/{bot_id}"
#define DOCUMENT BOT "/documents/{document_id}"
#define EVALUATION BOT "/evaluations/{evaluation_id}"
#define UPLOAD BOT "/uploads/{upload_id}"
#define SOURCE BOT "/sources/{source_id}"
#define CONVERSATION "/api/v1/conversations/{conversation_id}"
#define VISIT "/api/v1/chat/{bot_id}"
#define SESSION VISIT "/session/{session_id}"
#define WEBHOOK "/api/v1/webhooks/{id}"
#define SUBSCRIPTION "/api/v1/event-subscriptions/{id}"
#define SIGN_IN (ROUTE_PUBLIC | ROUTE_UNKEYED)
#define PUBLIC_CHAT (ROUTE_PUBLIC | ROUTE_ANY_ORIGIN)
#define VISITOR (ROUTE_VISITOR | ROUTE_ANY_ORIGIN)

/* clang-format off */
const struct route routes[] = {
    /* method, path, rpc, least role of a user, scope of a key, limit, flags, status; local, about */
    {POST, "/api/v1/auth/register", RPC_AUTH_REGISTER_USER, ROUTE_NOBODY, NULL, LIMIT_AUTH, SIGN_IN, 201, NULL, NULL},
    {POST, "/api/v1/auth/login", RPC_AUTH_LOGIN, ROUTE_NOBODY, NULL, LIMIT_AUTH, SIGN_IN, 200, NULL, NULL},
    {POST, "/api/v1/auth/refresh", RPC_AUTH_REFRESH, ROUTE_NOBODY, NULL, LIMIT_AUTH, SIGN_IN, 200, NULL, NULL},
    {POST, "/api/v1/auth/logout", RPC_AUTH_LOGOUT, ROUTE_NOBODY, NULL, LIMIT_AUTH, SIGN_IN, 204, NULL, NULL},
    {GET, "/api/v1/auth/options", RPC_AUTH_GET_OPTIONS, ROUTE_NOBODY, NULL, LIMIT_READ, ROUTE_PUBLIC, 200, NULL, NULL},
    {GET, "/api/v1/auth/sessions", RPC_AUTH_LIST_DEVICE_SESSIONS, ROUTE_VIEWER, NULL, LIMIT_READ, 0, 200, NULL, NULL},
    {DELETE, "/api/v1/auth/sessions/{session_id}", RPC_AUTH_END_DEVICE_SESSION, ROUTE_VIEWER, NULL, LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {GET, "/api/v1/auth/me", RPC_AUTH_GET_ME, ROUTE_VIEWER, NULL, LIMIT_READ, 0, 200, NULL, NULL},
    {PATCH, "/api/v1/auth/me", RPC_AUTH_UPDATE_ME, ROUTE_VIEWER, NULL, LIMIT_WRITE, 0, 200, NULL, NULL},
    {POST, "/api/v1/auth/password", RPC_AUTH_CHANGE_PASSWORD, ROUTE_VIEWER, NULL, LIMIT_AUTH, ROUTE_UNKEYED, 204, NULL, NULL},
    {GET, "/api/v1/api-keys", RPC_AUTH_LIST_API_KEYS, ROUTE_ADMIN, NULL, LIMIT_READ, 0, 200, NULL, NULL},
    {POST, "/api/v1/api-keys", RPC_AUTH_CREATE_API_KEY, ROUTE_ADMIN, NULL, LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, "/api/v1/api-keys/{id}", RPC_AUTH_GET_API_KEY, ROUTE_ADMIN, NULL, LIMIT_READ, 0, 200, NULL, NULL},
    {DELETE, "/api/v1/api-keys/{id}", RPC_AUTH_DELETE_API_KEY, ROUTE_ADMIN, NULL, LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {GET, "/api/v1/plans", RPC_AUTH_LIST_PLANS, ROUTE_VIEWER, NULL, LIMIT_READ, 0, 200, NULL, NULL},
    {GET, "/api/v1/usage", RPC_CHAT_GET_WORKSPACE_USAGE, ROUTE_VIEWER, NULL, LIMIT_READ, 0, 200, NULL, NULL},
    {GET, "/api/v1/admin/users", RPC_AUTH_LIST_USERS, ROUTE_VIEWER, NULL, LIMIT_READ, ROUTE_STAFF, 200, NULL, NULL},
    {GET, "/api/v1/admin/users/{id}", RPC_AUTH_GET_USER, ROUTE_VIEWER, NULL, LIMIT_READ, ROUTE_STAFF, 200, NULL, NULL},
    {PATCH, "/api/v1/admin/users/{id}", RPC_AUTH_UPDATE_USER, ROUTE_VIEWER, NULL, LIMIT_WRITE, ROUTE_STAFF, 200, NULL, NULL},
    {GET, "/api/v1/admin/workspaces", RPC_AUTH_LIST_WORKSPACES, ROUTE_VIEWER, NULL, LIMIT_READ, ROUTE_STAFF, 200, NULL, NULL},
    {GET, "/api/v1/admin/workspaces/{id}", RPC_AUTH_GET_WORKSPACE, ROUTE_VIEWER, NULL, LIMIT_READ, ROUTE_STAFF, 200, NULL, NULL},
    {PATCH, "/api/v1/admin/workspaces/{id}", RPC_AUTH_UPDATE_WORKSPACE, ROUTE_VIEWER, NULL, LIMIT_WRITE, ROUTE_STAFF, 200, NULL, NULL},
    {GET, "/api/v1/admin/invitations", RPC_AUTH_LIST_PLATFORM_INVITATIONS, ROUTE_VIEWER, NULL, LIMIT_READ, ROUTE_STAFF, 200, NULL, NULL},
    {POST, "/api/v1/admin/invitations", RPC_AUTH_CREATE_PLATFORM_INVITATION, ROUTE_VIEWER, NULL, LIMIT_WRITE, ROUTE_STAFF, 201, NULL, NULL},
    {DELETE, "/api/v1/admin/invitations/{id}", RPC_AUTH_REVOKE_PLATFORM_INVITATION, ROUTE_VIEWER, NULL, LIMIT_WRITE, ROUTE_STAFF | ROUTE_NO_BODY, 204, NULL, NULL},
    {GET, "/.well-known/jwks.json", RPC_AUTH_GET_JWKS, ROUTE_NOBODY, NULL, LIMIT_READ, PUBLIC_CHAT, 200, NULL, NULL},

    {GET, "/api/v1/bots", RPC_BOT_STORE_LIST_BOTS, ROUTE_VIEWER, "bots:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, "/api/v1/bots", RPC_BOT_STORE_CREATE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, BOT, RPC_BOT_STORE_GET_BOT, ROUTE_VIEWER, "bots:read", LIMIT_READ, 0, 200, NULL, NULL},
    {PATCH, BOT, RPC_BOT_STORE_UPDATE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, 0, 200, NULL, NULL},
    {PUT, BOT, RPC_BOT_STORE_REPLACE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, 0, 200, NULL, NULL},
    {DELETE, BOT, RPC_BOT_STORE_DELETE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {PUT, BOT "/provider-keys/{provider}", RPC_BOT_STORE_SET_PROVIDER_KEY, ROUTE_ADMIN, NULL, LIMIT_WRITE, 0, 200, NULL, NULL},
    {DELETE, BOT "/provider-keys/{provider}", RPC_BOT_STORE_DELETE_PROVIDER_KEY, ROUTE_ADMIN, NULL, LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {POST, BOT "/provider-keys/{provider}/test", RPC_CHAT_TEST_PROVIDER_KEY, ROUTE_ADMIN, NULL, LIMIT_WRITE, ROUTE_NO_BODY | ROUTE_UNKEYED, 200, NULL, NULL},
    {GET, "/api/v1/providers", RPC_BOT_STORE_LIST_PROVIDERS, ROUTE_VIEWER, "bots:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, BOT "/identity-secret", RPC_BOT_STORE_CREATE_IDENTITY_SECRET, ROUTE_ADMIN, NULL, LIMIT_WRITE, ROUTE_NO_BODY | ROUTE_UNKEYED, 200, NULL, NULL},
    {GET, BOT "/embed", RPC_BOT_STORE_GET_EMBED, ROUTE_VIEWER, "bots:read", LIMIT_READ, 0, 200, NULL, NULL},

    {POST, BOT "/documents", RPC_INGEST_CREATE_DOCUMENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_UPLOAD, 202, NULL, NULL},
    {GET, BOT "/documents", RPC_INGEST_LIST_DOCUMENTS, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, BOT "/documents/preview", RPC_INGEST_PREVIEW_DOCUMENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_UNKEYED, 200, NULL, NULL},
    {GET, DOCUMENT, RPC_INGEST_GET_DOCUMENT, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {PATCH, DOCUMENT, RPC_INGEST_UPDATE_DOCUMENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, 0, 200, NULL, NULL},
    {DELETE, DOCUMENT, RPC_INGEST_DELETE_DOCUMENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {GET, DOCUMENT "/events", RPC_INGEST_WATCH_DOCUMENT, ROUTE_VIEWER, "documents:read", LIMIT_READ, ROUTE_WATCH, 200, NULL, NULL},
    {GET, DOCUMENT "/chunks", RPC_RETRIEVE_LIST_CHUNKS, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {GET, DOCUMENT "/content", RPC_INGEST_READ_CONTENT, ROUTE_VIEWER, "documents:read", LIMIT_READ, ROUTE_CONTENT, 200, NULL, NULL},
    {PUT, DOCUMENT "/content", RPC_INGEST_REPLACE_CONTENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_UPLOAD, 202, NULL, NULL},
    {POST, DOCUMENT "/retry", RPC_INGEST_RETRY_DOCUMENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 202, NULL, NULL},
    {POST, DOCUMENT "/cancel", RPC_INGEST_CANCEL_DOCUMENT, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 200, NULL, NULL},
    {POST, BOT "/uploads", RPC_INGEST_CREATE_UPLOAD, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, UPLOAD, RPC_INGEST_GET_UPLOAD, ROUTE_EDITOR, "documents:write", LIMIT_READ, 0, 200, NULL, NULL},
    {DELETE, UPLOAD, RPC_INGEST_DELETE_UPLOAD, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {PUT, UPLOAD "/parts/{part}", RPC_INGEST_PUT_UPLOAD_PART, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_PART, 200, NULL, NULL},
    {POST, UPLOAD "/complete", RPC_INGEST_FINISH_UPLOAD, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 202, NULL, NULL},
    {POST, BOT "/sources", RPC_INGEST_CREATE_SOURCE, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, BOT "/sources", RPC_INGEST_LIST_SOURCES, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {GET, SOURCE, RPC_INGEST_GET_SOURCE, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {PATCH, SOURCE, RPC_INGEST_UPDATE_SOURCE, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, 0, 200, NULL, NULL},
    {DELETE, SOURCE, RPC_INGEST_DELETE_SOURCE, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {GET, SOURCE "/pages", RPC_INGEST_LIST_PAGES, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, SOURCE "/crawl", RPC_INGEST_CRAWL_SOURCE, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 202, NULL, NULL},
    {POST, SOURCE "/cancel", RPC_INGEST_CANCEL_SOURCE, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 200, NULL, NULL},
    {POST, BOT "/search", RPC_RETRIEVE_SEARCH, ROUTE_VIEWER, "documents:read", LIMIT_READ, ROUTE_UNKEYED, 200, NULL, NULL},
    {GET, BOT "/evaluations", RPC_RETRIEVE_LIST_EVALUATIONS, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, BOT "/evaluations", RPC_RETRIEVE_CREATE_EVALUATION, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, 0, 202, NULL, NULL},
    {GET, EVALUATION, RPC_RETRIEVE_GET_EVALUATION, ROUTE_VIEWER, "documents:read", LIMIT_READ, 0, 200, NULL, NULL},
    {DELETE, EVALUATION, RPC_RETRIEVE_DELETE_EVALUATION, ROUTE_EDITOR, "documents:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {POST, BOT "/preview", RPC_CHAT_PREVIEW_TURN, ROUTE_EDITOR, "bots:write", LIMIT_CHAT, ROUTE_TURN | ROUTE_UNKEYED, 200, NULL, NULL},
    {GET, BOT "/stats", RPC_CHAT_GET_BOT_STATS, ROUTE_VIEWER, "chat:read", LIMIT_READ, 0, 200, NULL, NULL},
    {GET, "/api/v1/stats", RPC_CHAT_GET_STATS, ROUTE_VIEWER, "chat:read", LIMIT_READ, 0, 200, NULL, NULL},
    {GET, BOT "/stats/unanswered", RPC_CHAT_LIST_UNANSWERED, ROUTE_EDITOR, "chat:read", LIMIT_READ, 0, 200, NULL, NULL},

    {GET, "/api/v1/conversations", RPC_CHAT_LIST_CONVERSATIONS, ROUTE_VIEWER, "chat:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, "/api/v1/conversations", RPC_CHAT_CREATE_CONVERSATION, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, CONVERSATION, RPC_CHAT_GET_CONVERSATION, ROUTE_VIEWER, "chat:read", LIMIT_READ, 0, 200, NULL, NULL},
    {PATCH, CONVERSATION, RPC_CHAT_UPDATE_CONVERSATION, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, 0, 200, NULL, NULL},
    {DELETE, CONVERSATION, RPC_CHAT_DELETE_CONVERSATION, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {POST, "/api/v1/conversations/search", RPC_CHAT_SEARCH_CONVERSATIONS, ROUTE_VIEWER, "chat:read", LIMIT_READ, ROUTE_UNKEYED, 200, NULL, NULL},
    {POST, CONVERSATION "/end", RPC_CHAT_END_CONVERSATION, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, ROUTE_NO_BODY | ROUTE_UNKEYED, 200, NULL, NULL},
    {GET, CONVERSATION "/export", RPC_CHAT_EXPORT_CONVERSATION, ROUTE_VIEWER, "chat:read", LIMIT_READ, ROUTE_CONTENT, 200, NULL, NULL},
    {POST, "/api/v1/messages/{message_id}/feedback", RPC_CHAT_SET_FEEDBACK, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, ROUTE_UNKEYED, 204, NULL, NULL},
    {GET, CONVERSATION "/messages", RPC_CHAT_LIST_MESSAGES, ROUTE_VIEWER, "chat:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, CONVERSATION "/messages", RPC_CHAT_SEND_MESSAGE, ROUTE_VIEWER, "chat:write", LIMIT_CHAT, ROUTE_TURN, 200, NULL, NULL},
    {POST, "/api/v1/turns/{turn_id}/approvals", RPC_CHAT_APPROVE_TOOL_CALL, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, 0, 204, NULL, NULL},
    {GET, "/api/v1/turns/{turn_id}/stream", RPC_CHAT_RESUME_TURN, ROUTE_VIEWER, "chat:read", LIMIT_READ, ROUTE_FOLLOW, 200, NULL, NULL},
    {POST, "/api/v1/turns/{turn_id}/retry", RPC_CHAT_RETRY_TURN, ROUTE_VIEWER, "chat:write", LIMIT_CHAT, ROUTE_TURN, 200, NULL, NULL},
    {POST, "/api/v1/turns/{turn_id}/regenerate", RPC_CHAT_REGENERATE_TURN, ROUTE_VIEWER, "chat:write", LIMIT_CHAT, ROUTE_TURN, 200, NULL, NULL},
    {POST, "/api/v1/turns/{turn_id}/cancel", RPC_CHAT_CANCEL_TURN, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},

    {POST, VISIT, RPC_CHAT_PUBLIC_MESSAGE, ROUTE_NOBODY, NULL, LIMIT_PUBLIC, PUBLIC_CHAT | ROUTE_VISITOR | ROUTE_TURN, 200, NULL, NULL},
    {GET, VISIT "/config", RPC_BOT_STORE_GET_CHAT_CONFIG, ROUTE_NOBODY, NULL, LIMIT_READ, PUBLIC_CHAT | ROUTE_KEPT, 200, NULL, NULL},
    {POST, VISIT "/sessions", RPC_CHAT_CREATE_SESSION, ROUTE_NOBODY, NULL, LIMIT_PUBLIC, PUBLIC_CHAT | ROUTE_UNKEYED, 201, NULL, NULL},
    {GET, SESSION, RPC_CHAT_GET_SESSION, ROUTE_NOBODY, NULL, LIMIT_READ, VISITOR, 200, NULL, NULL},
    {DELETE, SESSION, RPC_CHAT_DELETE_SESSION, ROUTE_NOBODY, NULL, LIMIT_WRITE, VISITOR | ROUTE_NO_BODY, 204, NULL, NULL},
    {GET, VISIT "/turns/{turn_id}/stream", RPC_CHAT_RESUME_PUBLIC_TURN, ROUTE_NOBODY, NULL, LIMIT_READ, VISITOR | ROUTE_FOLLOW, 200, NULL, NULL},
    {POST, SESSION "/token", RPC_CHAT_RENEW_VISITOR_TOKEN, ROUTE_NOBODY, NULL, LIMIT_WRITE, VISITOR | ROUTE_NO_BODY | ROUTE_UNKEYED, 200, NULL, NULL},
    {POST, VISIT "/turns/{turn_id}/cancel", RPC_CHAT_CANCEL_PUBLIC_TURN, ROUTE_NOBODY, NULL, LIMIT_WRITE, VISITOR | ROUTE_NO_BODY | ROUTE_UNKEYED, 204, NULL, NULL},
    {POST, VISIT "/messages/{message_id}/feedback", RPC_CHAT_RATE_PUBLIC_MESSAGE, ROUTE_NOBODY, NULL, LIMIT_WRITE, VISITOR | ROUTE_UNKEYED, 204, NULL, NULL},

    {GET, "/ws/chat/{conversation_id}", RPC_CHAT_GET_CONVERSATION, ROUTE_VIEWER, "chat:write", LIMIT_READ, ROUTE_SOCKET | ROUTE_PAGE, 101, NULL, "A conversation over WebSocket, for its owner."},
    {GET, "/ws/public/{bot_id}", RPC_BOT_STORE_GET_CHAT_CONFIG, ROUTE_NOBODY, NULL, LIMIT_READ, PUBLIC_CHAT | ROUTE_VISITOR | ROUTE_SOCKET | ROUTE_PAGE, 101, NULL, "A visitor's conversation with a public bot over WebSocket."},
    {POST, "/mcp", NULL, ROUTE_VIEWER, "chat:write", LIMIT_CHAT, ROUTE_UNKEYED | ROUTE_PAGE, 200, mcp_post, "The MCP server: bots and their documents as tools."},
    {GET, "/api/v1/events", RPC_EVENTS_WATCH_EVENTS, ROUTE_VIEWER, "events:read", LIMIT_READ, ROUTE_WATCH, 200, NULL, NULL},
    {GET, "/api/v1/webhooks", RPC_EVENTS_LIST_WEBHOOKS, ROUTE_ADMIN, "events:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, "/api/v1/webhooks", RPC_EVENTS_CREATE_WEBHOOK, ROUTE_ADMIN, "events:write", LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, WEBHOOK, RPC_EVENTS_GET_WEBHOOK, ROUTE_ADMIN, "events:read", LIMIT_READ, 0, 200, NULL, NULL},
    {PATCH, WEBHOOK, RPC_EVENTS_UPDATE_WEBHOOK, ROUTE_ADMIN, "events:write", LIMIT_WRITE, 0, 200, NULL, NULL},
    {DELETE, WEBHOOK, RPC_EVENTS_DELETE_WEBHOOK, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {POST, WEBHOOK "/test", RPC_EVENTS_TEST_WEBHOOK, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_NO_BODY | ROUTE_UNKEYED, 202, NULL, NULL},
    {POST, WEBHOOK "/rotate", RPC_EVENTS_ROTATE_WEBHOOK, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_NO_BODY, 200, NULL, NULL},
    {POST, WEBHOOK "/replay", RPC_EVENTS_REPLAY_WEBHOOK, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_UNKEYED, 202, NULL, NULL},
    {GET, WEBHOOK "/deliveries", RPC_EVENTS_LIST_DELIVERIES, ROUTE_ADMIN, "events:read", LIMIT_READ, 0, 200, NULL, NULL},
    {GET, WEBHOOK "/deliveries/{delivery_id}", RPC_EVENTS_GET_DELIVERY, ROUTE_ADMIN, "events:read", LIMIT_READ, 0, 200, NULL, NULL},
    {GET, "/api/v1/event-subscriptions", RPC_EVENTS_LIST_SUBSCRIPTIONS, ROUTE_ADMIN, "events:read", LIMIT_READ, 0, 200, NULL, NULL},
    {POST, "/api/v1/event-subscriptions", RPC_EVENTS_CREATE_SUBSCRIPTION, ROUTE_ADMIN, "events:write", LIMIT_WRITE, 0, 201, NULL, NULL},
    {GET, SUBSCRIPTION, RPC_EVENTS_GET_SUBSCRIPTION, ROUTE_ADMIN, "events:read", LIMIT_READ, 0, 200, NULL, NULL},
    {DELETE, SUBSCRIPTION, RPC_EVENTS_DELETE_SUBSCRIPTION, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_NO_BODY, 204, NULL, NULL},
    {POST, SUBSCRIPTION "/rotate", RPC_EVENTS_ROTATE_SUBSCRIPTION, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_NO_BODY, 200, NULL, NULL},
    {POST, SUBSCRIPTION "/replay", RPC_EVENTS_REPLAY_SUBSCRIPTION, ROUTE_ADMIN, "events:write", LIMIT_WRITE, ROUTE_UNKEYED, 200, NULL, NULL},

    /* paths of earlier designs */
    {GET, "/api/bots", RPC_BOT_STORE_LIST_BOTS, ROUTE_VIEWER, "bots:read", LIMIT_READ, ROUTE_PAGE, 200, NULL, "GET /api/v1/bots"},
    {POST, "/api/bots", RPC_BOT_STORE_CREATE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, ROUTE_PAGE, 201, NULL, "POST /api/v1/bots"},
    {GET, "/api/bots/{bot_id}", RPC_BOT_STORE_GET_BOT, ROUTE_VIEWER, "bots:read", LIMIT_READ, ROUTE_PAGE, 200, NULL, "GET /api/v1/bots/{bot_id}"},
    {PATCH, "/api/bots/{bot_id}", RPC_BOT_STORE_UPDATE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, ROUTE_PAGE, 200, NULL, "PATCH /api/v1/bots/{bot_id}"},
    {PUT, "/api/bots/{bot_id}", RPC_BOT_STORE_REPLACE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, ROUTE_PAGE, 200, NULL, "PUT /api/v1/bots/{bot_id}"},
    {DELETE, "/api/bots/{bot_id}", RPC_BOT_STORE_DELETE_BOT, ROUTE_EDITOR, "bots:write", LIMIT_WRITE, ROUTE_NO_BODY | ROUTE_PAGE, 204, NULL, "DELETE /api/v1/bots/{bot_id}"},
    {POST, "/api/chat/{bot_id}", RPC_CHAT_PUBLIC_MESSAGE, ROUTE_NOBODY, NULL, LIMIT_PUBLIC, PUBLIC_CHAT | ROUTE_VISITOR | ROUTE_TURN | ROUTE_PAGE, 200, NULL, "POST /api/v1/chat/{bot_id}"},
    {POST, "/api/conversations/query_past/", RPC_CHAT_SEARCH_CONVERSATIONS, ROUTE_VIEWER, "chat:read", LIMIT_READ, ROUTE_UNKEYED | ROUTE_PAGE, 200, NULL, "POST /api/v1/conversations/search"},
    {POST, "/api/conversations/{conversation_id}/end_conversation/", RPC_CHAT_END_CONVERSATION, ROUTE_VIEWER, "chat:write", LIMIT_WRITE, ROUTE_NO_BODY | ROUTE_UNKEYED | ROUTE_PAGE, 200, NULL, "POST /api/v1/conversations/{conversation_id}/end"},

    {POST, "/v1/chat/completions", NULL, ROUTE_VIEWER, "chat:write", LIMIT_CHAT, ROUTE_UNKEYED | ROUTE_PAGE, 200, openai_chat, "A completion of OpenAI's API, by a bot."},
    {GET, "/v1/models", NULL, ROUTE_VIEWER, "chat:write", LIMIT_READ, ROUTE_PAGE, 200, openai_models, "The models of OpenAI's API: the bots."},
    {GET, "/v1/models/{model}", NULL, ROUTE_VIEWER, "chat:write", LIMIT_READ, ROUTE_PAGE, 200, openai_get_model, "A model of OpenAI's API: a bot."},
    {POST, "/v1/embeddings", NULL, ROUTE_VIEWER, "chat:write", LIMIT_CHAT, ROUTE_UNKEYED | ROUTE_PAGE, 200, openai_embeddings, "Embeddings of OpenAI's API, with the embedding model of a bot."},

    {GET, "/api/v1/status", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, ROUTE_PUBLIC, 200, status_get, "Get the status of the platform and of each service. No credential is required."},
    {GET, "/api/openapi.json", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, PUBLIC_CHAT, 200, openapi_get, "Get this OpenAPI document. No credential is required."},
    {GET, "/api/schema", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, PUBLIC_CHAT, 200, openapi_get, "Get this OpenAPI document. An alias of /api/openapi.json. No credential is required."},
    {GET, "/api/asyncapi.yaml", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, PUBLIC_CHAT | ROUTE_PAGE, 200, contract_asyncapi, "The AsyncAPI document of the events."},
    {GET, "/api/events/docs", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, ROUTE_PUBLIC | ROUTE_PAGE, 200, contract_page, "The page about the events."},
    {GET, "/api/proto/{package}/{version}/{file}", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, PUBLIC_CHAT | ROUTE_PAGE, 200, contract_proto, "The .proto files of the contract."},
    {GET, "/api/proto.tar.gz", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, PUBLIC_CHAT | ROUTE_PAGE, 200, contract_archive, "All .proto files of the contract as one archive."},
    {GET, "/api/docs", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, static_docs, "The page that tries the API: Swagger UI."},
    {GET, "/api/redoc", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, static_redoc, "The reference page of the API: Redoc."},
    {GET, "/api/docs/{file}", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, ROUTE_PUBLIC | ROUTE_PAGE, 200, static_docs_file, "Files of the two API pages."},
    {GET, "/", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_home, "The dashboard; the addresses of the API for clients that do not accept HTML."},
    {GET, "/theme.js", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_file, "The chosen theme of the dashboard, before its first paint."},
    {GET, "/logo.svg", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_file, "The logo."},
    {GET, "/widget.js", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_widget, "The loader of the widget."},
    {GET, "/widget/{file}", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_widget, "Files of the widget."},
    {GET, "/assets/{file}", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_asset, "Files of the dashboard and of the chat page."},
    {GET, "/chat/{bot_id}", NULL, ROUTE_NOBODY, NULL, LIMIT_READ, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_chat, "The chat page of a bot."},
    /* matches no path; route_fallback() names it */
    {GET, "*", NULL, ROUTE_NOBODY, NULL, LIMIT_NONE, ROUTE_PUBLIC | ROUTE_PAGE, 200, site_fallback, "The dashboard, at a path that is no other route."},
};
/* clang-format on */

const size_t n_routes = sizeof(routes) / sizeof(routes[0]);
const struct route *const route_fallback = &routes[sizeof(routes) / sizeof(routes[0]) - 1];
