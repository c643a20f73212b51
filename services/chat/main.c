/*
 * chat: conversations, messages and turns. Contract: proto/chatsphere/v1/chat.proto
 * Calls bot_store, retrieve and auth (and embed, when conversations are searched).
 */
#include "chat/bot.h"
#include "chat/chat.h"
#include "chat/running.h"
#include "chat/takeover.h"
#include "chatsphere/v1/names.h"

static const struct cs_method methods[] = {
    CS_ROW(create_conversation), CS_ROW(get_conversation),    CS_ROW(list_conversations),
    CS_ROW(update_conversation), CS_ROW(delete_conversation), CS_ROW(list_messages),
    CS_ROW(send_message),        CS_ROW(cancel_turn),         CS_ROW(public_message),
    CS_ROW(get_session),         CS_ROW(delete_session),      {0},
};

static const struct cs_ticker tickers[] = {
    {.name = "renew", .every_ms = 5000, .fn = running_renew},
    {.name = "takeover", .every_ms = 2000, .fn = takeover_tick},
    {0},
};

static const struct cs_ctl ctl[] = {
    {.subject = "cache.bot.*", .fn = bot_on_change},
    {.subject = "turn_cancel.*", .fn = running_on_cancel},
    {0},
};

static const struct cs_reaction reactions[] = {
    {.event = "bot.deleted", .fn = chat_on_bot_deleted},
    {0},
};

static const struct cs_service chat_service = {
    .about = "chatsphere-chat: conversations, messages and turns",
    .contract = &chatsphere__v1__chat__descriptor,
    .methods = methods,
    .tickers = tickers,
    .ctl = ctl,
    .reactions = reactions,
};

int main(int argc, char **argv)
{
    return cs_service_main(&chat_service, argc, argv);
}
