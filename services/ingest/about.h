#pragma once
/*
 * about: what a file says of itself (title, author, pages ...), its language, and the warnings of its reading, gathered while
 * its blocks are read. What comes from a file is held to limits here. One thread at a time.
 */
#include "base/buf.h"
#include "ingest/block.h"

#include <jansson.h>

enum {
    ABOUT_PROPERTIES = 64,
    ABOUT_NAME_CHARACTERS = 100,
    ABOUT_VALUE_CHARACTERS = 1000,
    ABOUT_BYTES = 16 * 1024, /* of all names and values */
    ABOUT_WARNINGS = 20,
};

struct about {
    json_t *properties; /* name -> text; the first one of a name stays */
    char *warnings[ABOUT_WARNINGS];
    size_t n_warnings, more_warnings; /* more: how many are not kept */
    size_t bytes;
    struct cs_buf sample; /* the first words, by which the language is known */
    int pages;
};

/* A block, or a property as block_read() gives it. */
void about_note(struct about *about, const struct block *b);
/* The properties as a JSON object, with language and pages where the file does not say them; in the arena. */
const char *about_properties(struct about *about, struct cs_arena *a);
char **about_warnings(const struct about *about, struct cs_arena *a, size_t *ret_n);
void about_free(struct about *about);
