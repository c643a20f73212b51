/* The timers, the words and the end of an answer. */
#include "answer.h"

#include "../support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long n_open;

static void answer_on_gone(void *p)
{
    struct answer *a = p;

    a->gone = true;
    n_open--;
    if (h2o_timeout_is_linked(&a->timer))
        h2o_timeout_unlink(&a->timer);
    cs_buf_free(&a->out);
    cs_buf_free(&a->flying);
    if (a->z.state)
        deflateEnd(&a->z);
    free(a->model);
    free(a->echo);
}

struct answer *answer_new(h2o_req_t *req, const struct behaviour *b)
{
    struct answer *a = h2o_mem_alloc_shared(&req->pool, sizeof(*a), answer_on_gone);

    *a = (struct answer){.req = req, .b = *b};
    n_open++;
    return a;
}

long answers_open(void)
{
    return n_open;
}

void answer_later(struct answer *a, int ms, h2o_timeout_cb fn)
{
    loopback_later(a->req->conn->ctx->loop, &a->timer, ms, fn);
}

struct answer *answer_of_timer(h2o_timeout_entry_t *t)
{
    return H2O_STRUCT_FROM_MEMBER(struct answer, timer, t);
}

int answer_words(const struct answer *a)
{
    int n = 1;

    if (!a->echo)
        return a->b.words;
    for (const char *p = a->echo; *p; p++)
        n += *p == ' ';
    return n;
}

const char *answer_word(const struct answer *a, int i, char out[64])
{
    static const char *const words[] = {"the ",     "answer ", "stands ", "in ",
                                        "passage ", "[1] ",    "as ",     "asked, "};

    if (a->echo) {
        const char *p = a->echo;
        for (int k = 0; k < i && *p; k++)
            p += strcspn(p, " ") + (strchr(p, ' ') ? 1 : 0);
        snprintf(out, 64, "%.*s ", (int)(strcspn(p, " ") < 60 ? strcspn(p, " ") : 60), p);
        return out;
    }
    if (a->b.split) {
        snprintf(out, 64, "Grüße 世界 🙂 ");
        return out;
    }
    if (a->b.wide) {
        memset(out, 1, 32);
        out[32] = '\0';
        return out;
    }
    return words[i % 8];
}

void answer_add(struct answer *a, const char *before, json_t *value, const char *after)
{
    char *text = json_dumps(value, JSON_COMPACT);

    cs_buf_addf(&a->out, "%s%s%s", before, text, after);
    free(text);
    json_decref(value);
}
