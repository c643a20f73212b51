/* The timers, the words and the end of an answer. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DELAYS = 32 };

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

/* h2o 2.2 has one list of timers a duration. */
static h2o_timeout_t *delay_list(h2o_loop_t *loop, int ms)
{
    static struct {
        int ms;
        h2o_timeout_t list;
    } lists[MAX_DELAYS];
    static int n;

    for (int i = 0; i < n; i++)
        if (lists[i].ms == ms)
            return &lists[i].list;
    if (n == MAX_DELAYS)
        abort();
    lists[n].ms = ms;
    h2o_timeout_init(loop, &lists[n].list, (uint64_t)ms);
    return &lists[n++].list;
}

void answer_later(struct answer *a, int ms, h2o_timeout_cb fn)
{
    h2o_loop_t *loop = a->req->conn->ctx->loop;

    a->timer = (h2o_timeout_entry_t){.cb = fn};
    h2o_timeout_link(loop, delay_list(loop, ms), &a->timer);
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
