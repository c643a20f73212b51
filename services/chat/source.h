#pragma once
/* Source: passages as an answer's readers see them. Pure. */
#include "base/arena.h"
#include "chatsphere/v1/names.h"

enum {
    SOURCE_BYTES = 4096,       /* of one passage's text */
    SOURCES_BYTES = 96 * 1024, /* of all: an answer with its sources fits into one message */
};

/* Numbered from 1 in the order found; long texts are cut at a character. */
void sources_from(struct cs_arena *a, const SearchReply *found, SourcesFrame *ret);
