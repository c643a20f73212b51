/* Tools that look into what the workspace has: documents of the bot, and conversations of the caller. */
#include "chat/tool/tool.h"

#include "base/buf.h"
#include "bot/configuration.h"
#include "bus/client.h"
#include "chat/source.h"
#include "chat/store.h"

#include <string.h>

enum { SOURCES_MAX = 40, PASSAGE_MAX = 3000, CONVERSATIONS = 5 };

/* ---- documents ---- */

static Source *source_same(const SourcesFrame *all, const Source *s)
{
    for (size_t i = 0; i < all->n_items; i++)
        if (all->items[i]->chunk == s->chunk && s->document_id && all->items[i]->document_id &&
            strcmp(all->items[i]->document_id, s->document_id) == 0)
            return all->items[i];
    return NULL;
}

/* Gives each passage its number among all of the answer, and shows those that are new. */
static void sources_extend(struct turn *t, SourcesFrame *found)
{
    SourcesFrame *all = &t->sources;
    Source **items = CS_NEW(t->call->arena, Source *, all->n_items + found->n_items + 1);
    size_t n = all->n_items;
    Frame frame = FRAME_INIT;

    for (size_t i = 0; i < n; i++)
        items[i] = all->items[i];
    for (size_t i = 0; i < found->n_items && n < SOURCES_MAX; i++) {
        Source *same = source_same(all, found->items[i]);
        if (same) {
            found->items[i]->index = same->index;
            continue;
        }
        Source_set_index(found->items[i], (int32_t)n + 1);
        items[n++] = found->items[i];
    }
    if (n == all->n_items)
        return;
    all->items = items;
    all->n_items = n;
    frame.kind_case = FRAME_KIND_SOURCES;
    frame.sources = all;
    cs_frame(t->call, &frame);
}

static int on_documents_found(struct cs_call *call, void *state, ProtobufCMessage *rep)
{
    struct tool_run *run = state;
    const SearchReply *found = (const SearchReply *)rep;
    SourcesFrame sources = SOURCES_FRAME_INIT;
    CS_BUF_AUTO struct cs_buf out = {0};
    bool shown = run->turn->bot->configuration->show_sources;

    if (!rep) {
        cs_ask_clear(call);
        tool_fails(run, "The documents cannot be searched at the moment.");
        return tool_done(run);
    }
    sources_from(call->arena, found, &sources);
    if (shown)
        sources_extend(run->turn, &sources);
    for (size_t i = 0; i < found->n_items; i++) {
        const Hit *hit = found->items[i];
        const char *text = hit->text ? hit->text : "";

        if (shown && i < sources.n_items)
            cs_buf_addf(&out, "[%d] ", sources.items[i]->index);
        cs_buf_addf(&out, "%s\n", hit->document_name ? hit->document_name : "");
        cs_buf_add(&out, text, strlen(text) < PASSAGE_MAX ? strlen(text) : PASSAGE_MAX);
        cs_buf_adds(&out, "\n\n");
    }
    if (out.len)
        tool_says(run, out.data, out.len);
    else
        tool_says(run, "Nothing was found.", 18);
    return tool_done(run);
}

int tool_search_documents(struct tool_run *run)
{
    struct turn *t = run->turn;
    const BotConfiguration *conf = t->bot->configuration;
    SearchRequest *req = SearchRequest_new(t->call->arena);

    req->bot_id = t->bot_id;
    req->query = cs_strdup(t->call->arena, tool_argument(run, "query"));
    SearchRequest_set_k(req, conf->retriever_k);
    if (conf->has_min_score)
        SearchRequest_set_min_score(req, conf->min_score);
    SearchRequest_set_has_vectors(req, cs_bot_has_vectors(conf));
    SearchRequest_set_bare(req, true);
    return cs_ask_at_then(t->call, t->bot_id, RPC_RETRIEVE_SEARCH, &req->base, on_documents_found,
                          run);
}

/* ---- conversations and time ---- */

int tool_search_conversations(struct tool_run *run)
{
    struct turn *t = run->turn;
    CS_BUF_AUTO struct cs_buf out = {0};
    struct store_earlier_said *said;
    size_t n;

    if (!t->call->principal)
        return tool_fails(run, "There are no earlier conversations of this user.");
    if (store_earlier(t->call, t->bot_id, t->id, tool_argument(run, "query"), CONVERSATIONS, &said,
                      &n) < 0) {
        cs_ask_clear(t->call);
        return tool_fails(run, "The conversations cannot be searched at the moment.");
    }
    for (size_t i = 0; i < n; i++)
        cs_buf_addf(&out, "%s, %s (%s): %s\n\n", said[i].at, said[i].title, said[i].role,
                    said[i].text);
    return out.len ? tool_says(run, out.data, out.len) : tool_says(run, "Nothing was found.", 18);
}

int tool_current_time(struct tool_run *run)
{
    struct cs_call *call = run->turn->call;
    const char *zone = tool_argument(run, "timezone");
    char *now = NULL;
    int r = store_local_time(call, *zone ? zone : "UTC", &now);

    if (r == 0)
        return tool_says(run, now, strlen(now));
    if (r < 0)
        cs_ask_clear(call);
    return tool_fails(run, r < 0 ? "The time cannot be told at the moment."
                                 : "The time zone is unknown. Use a name such as Europe/Berlin.");
}
