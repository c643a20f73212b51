/* Properties, warnings and the language of a document. */
#include "ingest/about.h"

#include "base/utf8.h"
#include "text/language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_BYTES = 8 * 1024 };

/* the same thing under one name, whatever the format calls it */
static const char *about_name(const char *name)
{
    static const char *const same[][2] = {
        {"creator", "author"}, {"initial-creator", "author"}, {"lang", "language"}};

    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
        if (strcmp(same[i][0], name) == 0)
            return same[i][1];
    return name;
}

static void about_warn(struct about *about, const char *text, size_t len)
{
    if (about->n_warnings == ABOUT_WARNINGS) {
        about->more_warnings++;
        return;
    }
    char *kept = strndup(text, cs_utf8_head(text, len, ABOUT_VALUE_CHARACTERS));
    if (kept)
        about->warnings[about->n_warnings++] = kept;
}

static void about_property(struct about *about, const char *name, const char *value, size_t len)
{
    size_t n = cs_utf8_head(value, len, ABOUT_VALUE_CHARACTERS);

    if (!about->properties)
        about->properties = json_object();
    if (cs_utf8_count(name, strlen(name)) > ABOUT_NAME_CHARACTERS ||
        json_object_size(about->properties) >= ABOUT_PROPERTIES ||
        about->bytes + strlen(name) + n > ABOUT_BYTES || json_object_get(about->properties, name))
        return;
    about->bytes += strlen(name) + n;
    json_object_set_new(about->properties, name, json_stringn(value, n));
}

void about_note(struct about *about, const struct block *b)
{
    if (b->kind == 0 && strcmp(b->info, "warning") == 0) {
        about_warn(about, b->text, b->len);
    } else if (b->kind == 0) {
        about_property(about, about_name(b->info), b->text, b->len);
    } else {
        about->pages = b->page > about->pages ? b->page : about->pages;
        if (about->sample.len < SAMPLE_BYTES && b->kind != BLOCK_CODE) {
            cs_buf_add(&about->sample, b->text, cs_utf8_cut(b->text, b->len, SAMPLE_BYTES));
            cs_buf_adds(&about->sample, "\n");
        }
    }
}

const char *about_properties(struct about *about, struct cs_arena *a)
{
    char pages[12];

    snprintf(pages, sizeof(pages), "%d", about->pages);
    if (about->pages)
        about_property(about, "pages", pages, strlen(pages));
    if (about->sample.len) {
        const char *code = cs_language_code(cs_language_of(about->sample.data, about->sample.len));
        about_property(about, "language", code, strlen(code));
    }
    char *text = json_dumps(about->properties, JSON_COMPACT);
    const char *kept = cs_strdup(a, text ? text : "{}");
    free(text);
    return kept;
}

char **about_warnings(const struct about *about, struct cs_arena *a, size_t *ret_n)
{
    char **all = CS_NEW(a, char *, about->n_warnings + 1);
    size_t n = 0;

    for (; n < about->n_warnings; n++)
        all[n] = cs_strdup(a, about->warnings[n]);
    if (about->more_warnings)
        all[n++] = cs_printf(a, "%zu more warnings are not shown.", about->more_warnings);
    *ret_n = n;
    return all;
}

void about_free(struct about *about)
{
    json_decref(about->properties);
    for (size_t i = 0; i < about->n_warnings; i++)
        free(about->warnings[i]);
    cs_buf_free(&about->sample);
    *about = (struct about){0};
}
