/* The head of the OpenAPI document, its tags, and the components that no route has of its own. */
#include "edge/openapi_part.h"

#include "base/err.h"

#include <string.h>

json_t *openapi_info(void)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "title", "ChatSphere", "version", "1", "summary",
        "Bots that answer from documents.", "description",
        "JSON is UTF-8 with names in snake_case. Ids are UUIDs and times are RFC 3339 in UTC. "
        "Unknown "
        "fields of a request are errors. Lists take `limit` and `cursor`. An error is "
        "application/problem+json (RFC 9457). Every response has the header X-Request-Id. HEAD "
        "works "
        "wherever GET does, except for streams of events; another method that a path does not "
        "have gets 405 with the header Allow. An id in a path that is no UUID gets 404, as an "
        "unknown id does.",
        "license", "name", "Apache-2.0", "identifier", "Apache-2.0");
}

/* The first row whose part occurs in a path names its tag; "" matches every path. */
static const struct tag {
    const char *part, *name, *description;
} tags[] = {
    {"/auth/", "Accounts", "Registration, sign-in, sessions and the profile of a user."},
    {"/api-keys", "API keys", "Credentials for programs, with scopes and an expiry."},
    {"/plans", "Plans and usage", "Plans with their quotas, and the usage of a workspace."},
    {"/usage", "Plans and usage", NULL},
    {"/admin/", "Administration", "Management of all users by platform staff."},
    {"/provider-keys", "Provider keys",
     "API keys of model providers. A stored key is never shown."},
    {"/documents", "Documents", "Upload, processing and download of a bot's documents."},
    {"/sources", "Sources", "Web pages and sites whose pages are documents of a bot."},
    {"/search", "Search", "Search for passages in a bot's documents."},
    {"/bots", "Bots", "Bots, their configuration and the HTML that embeds them."},
    {"/conversations", "Conversations", "Conversations, messages and turns of signed-in callers."},
    {"/turns", "Conversations", NULL},
    {"/webhooks", "Events",
     "Webhooks, event subscriptions and the stream of a workspace's events."},
    {"/event-subscriptions", "Events", NULL},
    {"/v1/events", "Events", NULL},
    {"/chat/", "Public chat", "Chat with public bots, for visitors without an account."},
    {"", "Operations", "Status, public keys and the description of the API."},
};
enum { N_TAGS = sizeof(tags) / sizeof(tags[0]) };

const char *openapi_tag(const struct route *r)
{
    int i = 0;

    while (i + 1 < N_TAGS && !strstr(r->path, tags[i].part))
        i++;
    return tags[i].name;
}

json_t *openapi_tags(void)
{
    json_t *list = json_array();

    for (int i = 0; i < N_TAGS; i++)
        if (tags[i].description)
            json_array_append_new(list, json_pack("{s:s, s:s}", "name", tags[i].name, "description",
                                                  tags[i].description));
    return list;
}

/* The code of every status, and those that say more than their status. */
static json_t *error_codes(void)
{
    json_t *codes = json_array();

    for (int status = CS_INVALID; status <= CS_TIMEOUT; status++)
        if (status == CS_INTERNAL || strcmp(cs_error_code(status), cs_error_code(CS_INTERNAL)) != 0)
            json_array_append_new(codes, json_string(cs_error_code(status)));
    json_array_append_new(codes, json_string("limited_plan"));
    json_array_append_new(codes, json_string("limited_day"));
    json_array_append_new(codes, json_string("limited_minute"));
    return codes;
}

json_t *openapi_problem_schema(void)
{
    static const char text[] =
        "{\"type\":\"object\",\"description\":\"An error (RFC 9457).\",\"properties\":{"
        "\"type\":{\"type\":\"string\",\"description\":\"URN of the error code.\"},"
        "\"title\":{\"type\":\"string\",\"description\":\"Short title of the error code.\"},"
        "\"status\":{\"type\":\"integer\",\"description\":\"HTTP status code, 400 to 599.\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"A sentence about this occurrence.\"},"
        "\"instance\":{\"type\":\"string\","
        "\"description\":\"Id of the request, as in the header X-Request-Id.\"},"
        "\"code\":{\"type\":\"string\",\"description\":\"Stable error code for programs; new codes "
        "may be "
        "added. It follows from the status, except that a 429 has `limited_plan` if a quota of the "
        "plan is used up, `limited_day` if the messages of visitors to a bot or of an address for "
        "the day are, and `limited_minute` if too many requests of a kind were sent in a minute; "
        "its code is `limited` if a retry after the time in Retry-After may succeed.\"},"
        "\"errors\":{\"type\":\"array\",\"description\":\"Invalid fields of the request; further "
        "ones may "
        "be reported after these are corrected. Absent if no single field is at fault.\","
        "\"items\":{\"$ref\":\"#/components/schemas/FieldError\"}}},"
        "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\",\"code\"],"
        "\"examples\":[{\"type\":\"urn:chatsphere:problem:not_found\",\"title\":\"Not found\","
        "\"status\":404,\"detail\":\"The bot does not exist.\","
        "\"instance\":\"01a1fbfc-83d3-7c31-b79e-9fda2c9e269d\",\"code\":\"not_found\"}]}";

    json_t *schema = json_loads(text, 0, NULL);
    json_t *properties = json_object_get(schema, "properties");

    json_object_set_new(json_object_get(properties, "code"), "enum", error_codes());
    return schema;
}

json_t *openapi_security_schemes(void)
{
    static const char text[] =
        "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
        "\"description\":\"Access token of a user, from register, login or refresh. It is valid "
        "for 15 minutes.\"},"
        "\"key\":{\"type\":\"http\",\"scheme\":\"bearer\","
        "\"description\":\"API key (cs_...) with the given scope.\"},"
        "\"visitor\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
        "\"description\":\"Token of a visitor, from the first message of a session. It is valid "
        "for 24 hours.\"}}";

    return json_loads(text, 0, NULL);
}

json_t *openapi_shared_parameters(void)
{
    return json_pack(
        "{s:{s:s, s:s, s:b, s:s, s:{s:s, s:i, s:i}, s:s}}", "IdempotencyKey", "name",
        "Idempotency-Key", "in", "header", "required", 0, "description",
        "Key for safe retries, 1 to 255 printable ASCII characters, spaces included. A repeated "
        "request with the same key "
        "within 24 hours has no second effect and gets the same response, without the secrets that "
        "are shown once.",
        "schema", "type", "string", "minLength", 1, "maxLength", 255, "example",
        "5f9c1e6a-import-42");
}

json_t *openapi_shared_headers(void)
{
    static const char text[] =
        "{\"RequestId\":{\"description\":\"Id of the request, for support and logs. A valid id "
        "in the request is kept.\",\"required\":true,\"schema\":{\"type\":\"string\"},"
        "\"example\":\"01a1fbfc-83d3-7c31-b79e-9fda2c9e269d\"},"
        "\"RetryAfter\":{\"description\":\"Time to wait before a retry, in seconds.\","
        "\"required\":true,\"schema\":{\"type\":\"integer\",\"minimum\":1},\"example\":1},"
        "\"Authenticate\":{\"description\":\"Authentication scheme; always Bearer.\","
        "\"required\":true,\"schema\":{\"type\":\"string\"},\"example\":\"Bearer\"},"
        "\"Disposition\":{\"description\":\"Attachment with the name of the file.\","
        "\"required\":true,\"schema\":{\"type\":\"string\"},"
        "\"example\":\"attachment; filename=\\\"shop.md\\\"\"}}";

    return json_loads(text, 0, NULL);
}
