/* Checks of a filter, and its documents as rows. */
#include "retrieve/filter.h"

#include "base/id.h"
#include "base/utf8.h"
#include "pbjson/pbjson.h"
#include "retrieve/store_filter.h"

#include <string.h>

static int metadata_check_value(struct cs_call *call, const char *key, const json_t *value)
{
    if (json_is_string(value) || json_is_number(value) || json_is_boolean(value))
        return 0;
    return cs_fail_field(call, cs_printf(call->arena, "filter.metadata.%s", key),
                         "The value must be a string, a number, true or false.");
}

static int metadata_check(struct cs_call *call, const Json *metadata)
{
    struct pbjson_errors errors = {0};
    json_t *object =
        metadata->text ? pbjson_parse(call->arena, metadata->text, strlen(metadata->text), &errors)
                       : NULL;
    const char *key;
    json_t *value;
    int r = 0;

    if (!json_is_object(object))
        r = cs_fail_field(call, "filter.metadata", "The value must be a JSON object.");
    else if (json_object_size(object) > FILTER_KEYS || strlen(metadata->text) > FILTER_BYTES)
        r = cs_fail_field(call, "filter.metadata",
                          "The object must have at most %d keys and %d bytes.", FILTER_KEYS,
                          FILTER_BYTES);
    else
        json_object_foreach(object, key, value)
            if (r == 0)
                r = metadata_check_value(call, key, value);
    json_decref(object);
    return r;
}

int filter_check(struct cs_call *call, const SearchFilter *f)
{
    for (size_t i = 0; f && i < f->n_document_ids; i++)
        if (!cs_id_valid(f->document_ids[i]))
            return cs_fail_field(call, cs_printf(call->arena, "filter.document_ids[%zu]", i),
                                 "The value must be the id of a document.");
    for (size_t i = 0; f && i < f->n_tags; i++) {
        size_t len = strlen(f->tags[i]);

        if (cs_utf8_blank(f->tags[i], len) ||
            cs_utf8_count(f->tags[i], len) > FILTER_TAG_CHARACTERS)
            return cs_fail_field(call, cs_printf(call->arena, "filter.tags[%zu]", i),
                                 "The value must be a text of 1 to %d characters.",
                                 FILTER_TAG_CHARACTERS);
    }
    if (f && f->has_from && f->has_to && f->from >= f->to)
        return cs_fail_field(call, "filter.to", "The value must be later than from.");
    return f && f->metadata ? metadata_check(call, f->metadata) : 0;
}

/* Documents and ids are both in the order of the ids. */
int filter_rows(struct cs_call *call, const char *bot, const SearchFilter *f,
                const struct snapshot *s, struct filtered *ret)
{
    char **ids;
    size_t n = 0, at = 0;

    *ret = (struct filtered){.n_documents = s->n_documents, .n_rows = s->n_rows};
    if (!f)
        return 0;
    int r = store_filter(call, bot, f, &ids, &n);
    if (r)
        return r;
    bool *rows = CS_NEW(call->arena, bool, s->n_rows);
    *ret = (struct filtered){.rows = rows};
    for (uint32_t i = 0; i < s->n_documents; i++) {
        const struct snapshot_document *d = &s->documents[i];

        while (at < n && strcmp(ids[at], d->id) < 0)
            at++;
        if (at == n || strcmp(ids[at], d->id) != 0)
            continue;
        memset(rows + d->first_row, true, d->n_rows);
        ret->n_documents++;
        ret->n_rows += d->n_rows;
    }
    return 0;
}
