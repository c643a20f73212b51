/* documents: from the upload to the first answer that can quote it */
#include "table.h"
#include "world.h"

#include <stdlib.h>

static void documents_run(struct bench *b, enum world_kind kind, const char *what)
{
    char *bot = world_bot(b, kind, NULL);
    CS_BUF_AUTO struct cs_buf text = {0};
    double seconds;
    int chunks;

    world_markdown(&text);
    seconds = world_document(b, bot, &text, &chunks);
    table_line(what, "%.2f s for %.2f MB in %d passages", seconds, (double)text.len / 1e6, chunks);
    free(bot);
}

void bench_documents(struct bench *b)
{
    table_title("documents: 1 MB of Markdown, upload to ready");
    documents_run(b, WORLD_BUILTIN, "words only");
    documents_run(b, WORLD_VECTORS, "with 1536 dimensions each");
}
