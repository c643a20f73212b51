/* Tags and metadata of a document are held to their limits. */
#include "ingest/details.h"

#include "base/utf8.h"
#include "ingest/name.h"

#include <string.h>

/* A tag as it is kept; NULL, and the reason, for one that cannot be. */
static char *tag_clean(struct cs_arena *a, const char *tag, const char **ret_reason)
{
    char *kept = cs_utf8_nfc(a, tag);

    *ret_reason = NULL;
    if (!kept || cs_utf8_blank(kept, strlen(kept)) || name_has_control(kept)) {
        *ret_reason = "The value must be text that can be seen, without control characters.";
        return NULL;
    }
    kept += strspn(kept, " ");
    for (size_t n = strlen(kept); n > 0 && kept[n - 1] == ' '; n--)
        kept[n - 1] = '\0';
    if (cs_utf8_count(kept, strlen(kept)) > DETAILS_TAG_CHARACTERS) {
        *ret_reason =
            cs_printf(a, "The value must have at most %d characters.", DETAILS_TAG_CHARACTERS);
        return NULL;
    }
    return kept;
}

static bool tag_among(char *const *tags, size_t n, const char *tag)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(tags[i], tag) == 0)
            return true;
    return false;
}

char **details_tags(struct cs_arena *a, char *const *tags, size_t *n, struct pbjson_errors *errors)
{
    char **kept = CS_NEW(a, char *, *n + 1);
    size_t n_kept = 0;

    if (*n > DETAILS_TAGS)
        pbjson_error(errors, "tags",
                     cs_printf(a, "The list must have at most %d items.", DETAILS_TAGS));
    for (size_t i = 0; i < *n && i < DETAILS_TAGS; i++) {
        const char *reason;
        char *tag = tag_clean(a, tags[i], &reason);

        if (!tag)
            pbjson_error(errors, cs_printf(a, "tags[%zu]", i), reason);
        else if (!tag_among(kept, n_kept, tag))
            kept[n_kept++] = tag;
    }
    *n = n_kept;
    return kept;
}

/* Number of keys at all levels of a value; the longest key and the depth are updated. */
static size_t json_keys(const json_t *value, int level, int *deepest, size_t *longest)
{
    size_t n = 0, i;
    const char *key;
    json_t *item;

    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    if (level > *deepest)
        *deepest = level;
    json_array_foreach(value, i, item)
        n += json_keys(item, level + 1, deepest, longest);
    json_object_foreach((json_t *)(uintptr_t)value, key, item) {
        size_t characters = cs_utf8_count(key, strlen(key));
        if (characters > *longest)
            *longest = characters;
        n += 1 + json_keys(item, level + 1, deepest, longest);
    }
    return n;
}

/* What is wrong with the object as a whole, or NULL. */
static const char *metadata_fault(struct cs_arena *a, const json_t *object)
{
    size_t longest = 0, n;
    int deepest = 0;

    n = json_keys(object, 1, &deepest, &longest);
    if (n > DETAILS_KEYS)
        return cs_printf(a, "The object must have at most %d keys; it has %zu.", DETAILS_KEYS, n);
    if (longest > DETAILS_KEY_CHARACTERS)
        return cs_printf(a, "A key must have at most %d characters.", DETAILS_KEY_CHARACTERS);
    if (json_object_get(object, ""))
        return "A key must not be empty.";
    if (deepest > DETAILS_LEVELS)
        return cs_printf(a, "The object must have at most %d levels of objects and lists.",
                         DETAILS_LEVELS);
    return NULL;
}

void details_metadata(struct cs_arena *a, const char *text, struct pbjson_errors *errors)
{
    struct pbjson_errors wrong = {0};
    const char *fault = NULL;
    size_t len = strlen(text);

    if (len > DETAILS_BYTES) {
        pbjson_error(errors, "metadata",
                     cs_printf(a, "The value must have at most %d bytes of JSON; it has %zu.",
                               DETAILS_BYTES, len));
        return;
    }
    json_t *value = pbjson_parse(a, text, len, &wrong);
    if (!json_is_object(value))
        fault = "The value must be a JSON object.";
    else
        fault = metadata_fault(a, value);
    if (fault)
        pbjson_error(errors, "metadata", fault);
    json_decref(value);
}
