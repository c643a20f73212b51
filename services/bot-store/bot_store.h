#pragma once
/*
 * bot-store: bots, their configuration, provider keys and widget settings (schema bot_store).
 * It asks auth for the plan's limit when a bot is made.
 *
 * Handlers live in the file of their noun:
 *   bot.c     create_bot get_bot list_bots update_bot replace_bot delete_bot
 *   key.c     set_provider_key delete_provider_key open_provider_key
 *   public.c  get_public_bot get_chat_config get_embed
 */
#include "bus/service.h"

CS_ROW_DECLARE(create_bot);
CS_ROW_DECLARE(get_bot);
CS_ROW_DECLARE(list_bots);
CS_ROW_DECLARE(update_bot);
CS_ROW_DECLARE(replace_bot);
CS_ROW_DECLARE(delete_bot);
CS_ROW_DECLARE(get_embed);
CS_ROW_DECLARE(set_provider_key);
CS_ROW_DECLARE(delete_provider_key);
CS_ROW_DECLARE(open_provider_key);
CS_ROW_DECLARE(get_public_bot);
CS_ROW_DECLARE(get_chat_config);
