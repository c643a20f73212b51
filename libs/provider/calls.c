/* Pieces collected by index and id, and read as JSON when all are there. */
#include "provider/calls.h"

#include "provider/json.h"

#include <stdlib.h>
#include <string.h>

static bool calls_keep(struct cs_calls *k, struct cs_buf *b, const char *text, size_t len)
{
    if (k->bytes + len > CS_CALLS_BYTES) {
        k->too_large = true;
        return false;
    }
    k->bytes += len;
    cs_buf_add(b, text, len);
    return true;
}

static bool calls_keep_once(struct cs_calls *k, struct cs_buf *b, const json_t *text)
{
    if (b->len > 0 || json_string_length(text) == 0)
        return true;
    return calls_keep(k, b, json_string_value(text), json_string_length(text));
}

/* Text is one more piece; an object is all of it. */
static bool calls_keep_arguments(struct cs_calls *k, struct cs_buf *b, const json_t *arguments)
{
    bool kept = true;

    if (json_is_string(arguments))
        return calls_keep(k, b, json_string_value(arguments), json_string_length(arguments));
    if (json_is_object(arguments) && b->len == 0) {
        char *text = json_dumps(arguments, JSON_COMPACT);
        kept = text && calls_keep(k, b, text, strlen(text));
        free(text);
    }
    return kept;
}

/* The latest call of the index, unless the id is another one; NULL when there are too many. */
static struct cs_calls_item *calls_item(struct cs_calls *k, const struct cs_calls_piece *piece)
{
    const char *id = json_string_value(piece->id);

    for (size_t i = k->n; piece->index >= 0 && i-- > 0;) {
        struct cs_calls_item *item = &k->at[i];
        if (item->index != piece->index)
            continue;
        if (!id || !*id || item->id.len == 0 || strcmp(item->id.data, id) == 0)
            return item;
        break;
    }
    if (k->n == CS_CALLS)
        return NULL;
    k->at[k->n].index = piece->index;
    return &k->at[k->n++];
}

bool cs_calls_add(struct cs_calls *k, const struct cs_calls_piece *piece)
{
    struct cs_calls_item *item;

    if (!k || k->too_large)
        return !k;
    item = calls_item(k, piece);
    if (!item || !calls_keep_once(k, &item->id, piece->id) ||
        !calls_keep_once(k, &item->name, piece->name) ||
        !calls_keep_once(k, &item->signature, piece->signature) ||
        !calls_keep_arguments(k, &item->arguments, piece->arguments))
        k->too_large = true;
    return !k->too_large;
}

void cs_calls_think(struct cs_calls *k, const json_t *thinking, const json_t *signature)
{
    if (!k || k->thinking.len + json_string_length(thinking) > CS_CALLS_THINKING ||
        k->signature.len + json_string_length(signature) > CS_CALLS_THINKING)
        return;
    if (json_is_string(thinking))
        cs_buf_add(&k->thinking, json_string_value(thinking), json_string_length(thinking));
    if (json_is_string(signature))
        cs_buf_add(&k->signature, json_string_value(signature), json_string_length(signature));
}

static void call_read_arguments(struct cs_arena *a, const struct cs_buf *b,
                                struct cs_chat_call *call)
{
    enum { TREE = 1 << 20 };
    json_t *v = b->len ? cs_provider_json(b->data, b->len, TREE) : json_object();
    char *text = json_is_object(v) ? json_dumps(v, JSON_COMPACT) : NULL;

    call->malformed = !text;
    call->arguments = cs_strdup(a, text ? text : b->data);
    free(text);
    json_decref(v);
}

struct cs_chat_call *cs_calls_take(struct cs_arena *a, const struct cs_calls *k, size_t *ret_n)
{
    struct cs_chat_call *calls = CS_NEW(a, struct cs_chat_call, k->n + 1);

    *ret_n = 0;
    for (size_t i = 0; i < k->n; i++) {
        const struct cs_calls_item *item = &k->at[i];
        struct cs_chat_call *call = &calls[*ret_n];

        if (item->name.len == 0)
            continue; /* nothing that could be called */
        call->name = cs_strdup(a, item->name.data);
        call->id =
            item->id.len ? cs_strdup(a, item->id.data) : cs_printf(a, "call_%zu", *ret_n + 1);
        call->named = item->id.len > 0;
        call->signature = cs_strdup(a, item->signature.data);
        call_read_arguments(a, &item->arguments, call);
        (*ret_n)++;
    }
    return *ret_n ? calls : NULL;
}

void cs_calls_free(struct cs_calls *k)
{
    for (size_t i = 0; i < k->n; i++) {
        cs_buf_free(&k->at[i].id);
        cs_buf_free(&k->at[i].name);
        cs_buf_free(&k->at[i].arguments);
        cs_buf_free(&k->at[i].signature);
    }
    cs_buf_free(&k->thinking);
    cs_buf_free(&k->signature);
    *k = (struct cs_calls){0};
}
