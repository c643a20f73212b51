/* Excerpts of the best passages, quoted with their citations; near repetitions are skipped. */
#include "chat/builtin.h"

#include "base/buf.h"
#include "chat/answerer.h"
#include "chat/excerpt.h"

#include <string.h>

enum { MAX_QUOTES = 3 };

static const char NOTHING[] =
    "I found nothing about this in the bot's documents. No language model is configured, so "
    "quoting them is all I can do.";
static const char QUOTATIONS[] = "No language model is configured for this bot, so here is what "
                                 "its documents say:";

bool builtin_said(const char *line, size_t len)
{
    bool source = len > 2 && line[0] == '[' && line[1] >= '0' && line[1] <= '9';

    return source || (len == sizeof(NOTHING) - 1 && memcmp(line, NOTHING, len) == 0) ||
           (len == sizeof(QUOTATIONS) - 1 && memcmp(line, QUOTATIONS, len) == 0);
}

static void put_quoted(struct cs_buf *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        cs_buf_adds(out, n > 0 ? "\n> " : "\n>");
        cs_buf_add(out, text, n);
        text += n + (text[n] != '\0');
    }
}

/* The passages worth quoting, at most MAX_QUOTES; one that shares no word with the question only
 * while nothing better was found, and one that shares less than a third of what another does not at all. */
static int builtin_choose(struct cs_arena *a, const struct builtin *b, char **texts, int *numbers)
{
    const SearchReply *found = b->found;
    struct excerpter *e =
        excerpter_new(a, found->corrected_query ? found->corrected_query : b->question);
    int n = 0, most = 0; /* words of the question in one passage */

    for (size_t i = 0; i < found->n_items && n < MAX_QUOTES; i++) {
        int matches;
        char *text = excerpt(e, found->items[i]->text ? found->items[i]->text : "", &matches);
        bool said = false;
        for (int k = 0; k < n && !said; k++)
            said = strcmp(texts[k], text) == 0;
        if (!*text || 3 * matches < most || said)
            continue;
        most = matches > most ? matches : most;
        texts[n] = text;
        numbers[n++] = (int)i + 1;
    }
    excerpter_free(e);
    return n;
}

void builtin_compose(struct cs_arena *a, const struct builtin *b)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    char *texts[MAX_QUOTES];
    int numbers[MAX_QUOTES], n = builtin_choose(a, b, texts, numbers);

    if (n == 0) {
        b->say(b->state, NOTHING, sizeof(NOTHING) - 1);
        return;
    }
    if (!b->say(b->state, QUOTATIONS, sizeof(QUOTATIONS) - 1))
        return;
    for (int i = 0; i < n; i++) {
        const Hit *hit = b->found->items[numbers[i] - 1];

        cs_buf_clear(&out);
        cs_buf_adds(&out, "\n");
        put_quoted(&out, texts[i]);
        if (b->cite) {
            cs_buf_addf(&out, "\n\n[%d] %s", numbers[i],
                        hit->document_name ? hit->document_name : "(a document without a name)");
            if (hit->heading_path && *hit->heading_path)
                cs_buf_addf(&out, ", %s", hit->heading_path);
            if (hit->has_page)
                cs_buf_addf(&out, ", page %d", hit->page);
        }
        if (!b->say(b->state, out.data, out.len))
            return;
    }
}

static bool builtin_say(void *state, const char *text, size_t len)
{
    return turn_say(state, text, len);
}

static int builtin_answer(struct turn *t)
{
    builtin_compose(t->call->arena, &(struct builtin){
                                        .question = t->question,
                                        .found = t->found,
                                        .cite = t->bot->configuration->show_sources,
                                        .say = builtin_say,
                                        .state = t,
                                    });
    return 0;
}

const struct answerer answerer_builtin = {.answer = builtin_answer};
