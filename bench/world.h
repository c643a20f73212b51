#pragma once
/*
 * world: what is measured upon. One user with bots; each bot knows the same Markdown of 1,029
 * sections, which become 1,029 passages. Conversations are made before they are measured.
 */
#include "bench.h"

enum { WORLD_SECTIONS = 1029, WORLD_DIMENSIONS = 1536 };

enum world_kind {
    WORLD_BUILTIN,  /* no language model, no vectors */
    WORLD_VECTORS,  /* no language model, vectors of the provider */
    WORLD_PROVIDER, /* both of the provider */
};

/* A bot's id, malloc'd; model is that of the language model, else NULL. */
char *world_bot(struct bench *b, enum world_kind kind, const char *model);

/* Uploads the Markdown and waits until it is ready; how long that took, in seconds. */
double world_document(struct bench *b, const char *bot, struct cs_buf *text, int *ret_chunks);
void world_markdown(struct cs_buf *out);

struct world_conversations {
    int n;
    char (*ids)[40];
};
/* n of them with a bot, each with `turns` earlier questions and their answers */
void world_conversations(struct bench *b, const char *bot, int n, int turns,
                         struct world_conversations *ret);
void world_conversations_free(struct world_conversations *c);

/* A question that was not asked before and that some sections answer. */
void world_question(struct cs_buf *out);
