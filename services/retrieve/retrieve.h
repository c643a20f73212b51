#pragma once
/*
 * retrieve: what its files share: limits, and the checks that every method begins with. Handlers run on workers; see bus/service.h.
 */
#include "bus/service.h"
#include "chatsphere/v1/names.h"
#include "retrieve/cache.h"

enum {
    RETRIEVE_MAX_CHUNKS = 300000, /* of one collection: what an exact scan answers well */
    RETRIEVE_MAX_BODY = 64 * 1024,
    RETRIEVE_MAX_HEADINGS = 4096,
    RETRIEVE_MAX_SPACE = 200,
};

/* reaction to bot.deleted: the collection and all that is in it */
int version_bot_deleted(struct cs_call *call, const char *bot, const char *id);

int search_start(void); /* once, settings loaded */
void search_stop(void);
struct cache *search_cache(void); /* between the two */

/* One version of one document. */
struct document {
    const char *bot, *id;
    int64_t version;
};

/* 0, or what is wrong with who asks or with an id: a malformed one is as unknown as any other. */
int retrieve_check_bot(struct cs_call *call, const char *bot);
int retrieve_check_document(struct cs_call *call, const struct document *d);
