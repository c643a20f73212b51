/* A condition that is not set is null, and holds for all. */
#include "retrieve/store_filter.h"

#include "base/utf8.h"
#include "pg/pg.h"

#include <string.h>

static const struct cs_stmt FILTER = {
    "filter", "select document_id from documents where tenant_id = $1 and bot_id = $2"
              " and version is not null and ($3::uuid[] is null or document_id = any($3::uuid[]))"
              " and ($4::text[] is null or tags @> $4::text[])"
              " and ($5::bigint is null or created_at >= to_timestamp($5::bigint / 1000.0))"
              " and ($6::bigint is null or created_at < to_timestamp($6::bigint / 1000.0))"
              " and ($7::jsonb is null or metadata @> $7::jsonb) order by document_id"};

/* As tags are kept: composed, without blanks at the ends. */
static const char *filter_tags(struct cs_arena *a, const SearchFilter *f)
{
    char **tags = CS_NEW(a, char *, f->n_tags);

    for (size_t i = 0; i < f->n_tags; i++) {
        char *tag = cs_utf8_nfc(a, f->tags[i]);

        tag = tag ? tag : cs_strdup(a, f->tags[i]);
        tag += strspn(tag, " ");
        for (size_t n = strlen(tag); n > 0 && tag[n - 1] == ' '; n--)
            tag[n - 1] = '\0';
        tags[i] = tag;
    }
    return cs_pg_array(a, tags, f->n_tags);
}

int store_filter(struct cs_call *call, const char *bot, const SearchFilter *f, char ***ret,
                 size_t *ret_n)
{
    struct cs_arena *a = call->arena;

    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(
        call->pg, &FILTER, CS_S(call->tenant), CS_S(bot),
        CS_S(f->n_document_ids ? cs_pg_array(a, f->document_ids, f->n_document_ids) : NULL),
        CS_S(f->n_tags ? filter_tags(a, f) : NULL), f->has_from ? CS_I(f->from) : CS_NULL,
        f->has_to ? CS_I(f->to) : CS_NULL, CS_S(f->metadata ? f->metadata->text : NULL));
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(a, char *, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        (*ret)[i] = cs_strdup(a, cs_pg_text(r, (int)i, 0));
    return 0;
}
