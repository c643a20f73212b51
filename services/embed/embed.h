#pragma once
/*
 * embed: vectors from an embedding provider.
 *
 *   texts.c     EmbedTexts: a few texts, such as a question; questions are remembered (lru.h)
 *   range.c     EmbedRange: a range of a document, from retrieve and back to it
 *   run.c       batches, retries (provider/embed_wire.h: the formats; hash.h: the model of tests)
 *   pace.c      how many requests to a provider at once
 *   cache.c     vectors of passages that were made before; store.c: the SQL
 *   embedder.c  whose provider, model, address and key
 *   local/      models in the process: local.c threads, models.c the folder, model.c one of them,
 *               encoder.c and table.c the two families, wordpiece.c, safetensors.c, kernel*.c
 */
#include "bus/service.h"
#include "chatsphere/v1/names.h"

void texts_start(void);
void texts_stop(void);
