/* The table of public events. */
#include "bus/catalogue.h"

#include "chatsphere/v1/names.h"

#include <string.h>

static const struct cs_catalogue_row rows[] = {
    {"api_key", &chatsphere__v1__api_key_event__descriptor, {"created", "revoked"}},
    {"approval", &chatsphere__v1__approval_event__descriptor, {"asked", "decided"}},
    {"bot", &chatsphere__v1__bot_event__descriptor, {"created", "updated", "deleted"}},
    {"conversation",
     &chatsphere__v1__conversation_event__descriptor,
     {"created", "updated", "ended", "summarised", "deleted"}},
    {"document",
     &chatsphere__v1__document_event__descriptor,
     {"uploaded", "extracting", "chunking", "embedding", "ready", "failed", "cancelled", "updated",
      "deleted"}},
    {"member", &chatsphere__v1__member_event__descriptor, {"added", "updated", "removed"}},
    {"message",
     &chatsphere__v1__message_event__descriptor,
     {"created", "completed", "failed", "interrupted", "cancelled", "feedback"}},
    {"plan", &chatsphere__v1__plan_event__descriptor, {"changed"}},
    {"provider", &chatsphere__v1__provider_event__descriptor, {"degraded", "recovered"}},
    {"quota", &chatsphere__v1__plan_event__descriptor, {"reached"}},
    {"tool", &chatsphere__v1__tool_event__descriptor, {"called"}},
    {"user",
     &chatsphere__v1__user_event__descriptor,
     {"created", "updated", "suspended", "resumed"}},
    {"webhook",
     &chatsphere__v1__webhook_event__descriptor,
     {"created", "updated", "disabled", "deleted", "test"}},
    {"workspace", &chatsphere__v1__workspace_event__descriptor, {"suspended", "resumed"}},
};
enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct cs_catalogue_row *cs_catalogue_at(size_t i)
{
    return i < N_ROWS ? &rows[i] : NULL;
}

static const struct cs_catalogue_row *catalogue_find(const char *aggregate, size_t n)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strncmp(rows[i].aggregate, aggregate, n) == 0 && rows[i].aggregate[n] == '\0')
            return &rows[i];
    return NULL;
}

const ProtobufCMessageDescriptor *cs_catalogue_body(const char *aggregate, size_t n)
{
    const struct cs_catalogue_row *row = catalogue_find(aggregate, n);

    return row ? row->body : NULL;
}

bool cs_catalogue_has(const char *type)
{
    size_t n = strcspn(type, ".");
    const struct cs_catalogue_row *row = type[n] == '.' ? catalogue_find(type, n) : NULL;
    const char *event = type + n + 1;

    if (!row || strcmp(event, "*") == 0)
        return row != NULL;
    for (const char *const *e = row->events; *e; e++)
        if (strcmp(*e, event) == 0)
            return true;
    return false;
}
