/* Any bytes as a sitemap, as a page with links, and as an address. */
#include "bound.h"

#include "ingest/fetch/page.h"
#include "ingest/fetch/sitemap.h"
#include "ingest/fetch/url.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(struct cs_arena *a, const char *link, size_t len)
{
    const char *form = url_resolve(a, "https://example.org/a/b", link, len), *reason;

    if (!form)
        return;
    const char *again = url_of_user(a, form, &reason);
    if (strlen(form) > URL_MAX || !again || strcmp(again, form) != 0)
        abort(); /* one page, one address */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct cs_arena a;
    struct sitemap s;
    struct page_links p;

    cs_arena_init(&a);
    sitemap_parse(&a, text, size, 100, &s);
    for (size_t i = 0; i < s.n; i++)
        if (!s.urls[i] || strlen(s.urls[i]) > URL_MAX)
            abort();
    bound_check(&a, size * (size > 2 && data[0] == 0x1f ? 1032 : 1)); /* deflate's ratio */
    cs_arena_reset(&a);
    page_scan(&a, text, size, NULL, &p);
    bound_check(&a, size);
    cs_arena_reset(&a);
    check_address(&a, text, size < 3000 ? size : 3000);
    cs_arena_dispose(&a);
    return 0;
}
