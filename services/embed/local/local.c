/* Two lists of jobs, and threads that take a micro-batch at a time from the more urgent one. */
#include "embed/local/local.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/list.h"
#include "obs/metrics.h"
#include "provider/half.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 64 };

struct job {
    struct list link;
    struct cs_call *call; /* suspended: ours until it is resumed */
    const struct model *model;
    bool query, cancelled;
    int32_t *ids;
    size_t *at;           /* text i has the pieces ids[at[i]] to ids[at[i + 1]] */
    size_t n, next, left; /* texts: in all, the next one to take, not yet done */
    struct cs_vectors vectors;
    local_fn *fn;
    void *state;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct list questions, documents;
    bool stopping;
    pthread_t threads[THREADS_MAX];
    int n_threads; /* that run */
    int wanted;
} local = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

/* ---- micro-batches ---- */

/* Takes texts [*first, *end) of a job; a job of documents then goes behind the others. The lock is held. */
static void job_take(struct job *j, size_t *first, size_t *end)
{
    *first = *end = j->next;
    while (*end < j->n && *end - *first < LOCAL_PIECES &&
           (*end == *first || j->at[*end + 1] - j->at[*first] <= LOCAL_PIECES))
        (*end)++;
    j->next = *end;
    list_remove(&j->link);
    if (j->next < j->n)
        list_add(j->query ? &local.questions : &local.documents, &j->link);
}

/* What a thread keeps from one micro-batch to the next. */
struct workspace {
    const struct model *model;
    struct model_scratch *scratch;
    float *out;
};

static void workspace_for(struct workspace *w, const struct model *m)
{
    size_t most = model_pieces_max(m) > LOCAL_PIECES ? model_pieces_max(m) : LOCAL_PIECES;

    if (w->model == m)
        return;
    model_scratch_free(w->scratch);
    free(w->out);
    w->model = m;
    w->scratch = model_scratch_new(m, most);
    w->out = calloc(LOCAL_PIECES * model_dimensions(m), sizeof(float));
    if (!w->out)
        abort();
}

static void job_run(struct workspace *w, struct job *j, size_t first, size_t end)
{
    static const char *const labels[] = {"kind=\"document\"", "kind=\"question\""};
    size_t d = j->vectors.dimensions, at[LOCAL_PIECES + 1], n = end - first;
    int64_t began = cs_mono_us();

    workspace_for(w, j->model);
    for (size_t i = 0; i <= n; i++)
        at[i] = j->at[first + i] - j->at[first];
    model_run(j->model, w->scratch, j->ids + j->at[first], at, n, w->out);
    for (size_t i = 0; i < n; i++)
        cs_half_pack(w->out + i * d, d, j->vectors.halves + (first + i) * d * 2);
    cs_metric_observe_us(cs_histogram("cs_embed_local_seconds", labels[j->query],
                                      "Time of a micro-batch of a local model."),
                         cs_mono_us() - began);
}

static int on_job(struct cs_call *call, void *state)
{
    struct job *j = state;

    if (j->cancelled)
        return cs_fail(call, CS_TIMEOUT, "The local model was not done in time.");
    return j->fn(call, j->state, &j->vectors);
}

static void *local_thread(void *arg)
{
    struct workspace w = {0};

    (void)arg;
    pthread_mutex_lock(&local.lock);
    while (!local.stopping) {
        struct list *from = list_empty(&local.questions) ? &local.documents : &local.questions;
        size_t first, end;
        if (list_empty(from)) {
            pthread_cond_wait(&local.more, &local.lock);
            continue;
        }
        struct job *j = LIST_OF(from->next, struct job, link);
        job_take(j, &first, &end);
        j->cancelled |= cs_cancelled(j->call);
        bool cancelled = j->cancelled;
        pthread_mutex_unlock(&local.lock);
        if (!cancelled)
            job_run(&w, j, first, end);
        pthread_mutex_lock(&local.lock);
        j->left -= end - first;
        if (j->left == 0) {
            pthread_mutex_unlock(&local.lock);
            cs_call_resume(j->call, on_job, j);
            pthread_mutex_lock(&local.lock);
        }
    }
    pthread_mutex_unlock(&local.lock);
    model_scratch_free(w.scratch);
    free(w.out);
    return NULL;
}

/* ---- threads ---- */

/* Processors that this process may use, by its affinity and by the quota of its control group. */
static int local_processors(void)
{
    struct cs_arena a;
    cpu_set_t set;
    long quota, period;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    cs_arena_init(&a);
    const char *most = cs_file_read_line(&a, "/sys/fs/cgroup/cpu.max", 100);
    if (most && sscanf(most, "%ld %ld", &quota, &period) == 2 && period > 0 && quota > 0 &&
        (quota + period - 1) / period < n)
        n = (int)((quota + period - 1) / period);
    cs_arena_dispose(&a);
    return n < THREADS_MAX ? n : THREADS_MAX;
}

void local_start(int threads)
{
    local.wanted = threads ? threads : local_processors();
    local.stopping = false;
    list_init(&local.questions);
    list_init(&local.documents);
}

void local_stop(void)
{
    pthread_mutex_lock(&local.lock);
    local.stopping = true;
    pthread_cond_broadcast(&local.more);
    pthread_mutex_unlock(&local.lock);
    for (int i = 0; i < local.n_threads; i++)
        pthread_join(local.threads[i], NULL);
    local.n_threads = 0;
}

/* ---- calls ---- */

static struct job *job_new(struct cs_call *call, const struct model *m, bool query,
                           char *const *texts, size_t n)
{
    struct job *j = CS_NEW(call->arena, struct job, 1);
    int32_t **pieces = CS_NEW(call->arena, int32_t *, n);
    size_t *len = CS_NEW(call->arena, size_t, n);
    int64_t cut_texts = 0;

    *j = (struct job){.call = call, .model = m, .query = query, .n = n, .left = n};
    j->at = CS_NEW(call->arena, size_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        bool cut;
        pieces[i] = model_pieces(m, call->arena, texts[i], query, &len[i], &cut);
        j->at[i + 1] = j->at[i] + len[i];
        cut_texts += cut;
    }
    j->ids = CS_NEW(call->arena, int32_t, j->at[n] + 1);
    for (size_t i = 0; i < n; i++)
        memcpy(j->ids + j->at[i], pieces[i], len[i] * sizeof(int32_t));
    j->vectors = (struct cs_vectors){
        .n = n, .dimensions = model_dimensions(m), .tokens = (int64_t)j->at[n], .counted = true};
    j->vectors.halves = cs_alloc(call->arena, n * j->vectors.dimensions * 2);
    cs_metric_add(cs_counter("cs_embed_local_cut_total", NULL,
                             "Texts that had more pieces than their local model takes."),
                  cut_texts);
    return j;
}

int local_embed(struct cs_call *call, const struct model *m, bool query, char *const *texts,
                size_t n, local_fn *next, void *state)
{
    struct job *j = job_new(call, m, query, texts, n);

    j->fn = next;
    j->state = state;
    pthread_mutex_lock(&local.lock);
    while (local.n_threads < local.wanted)
        if (pthread_create(&local.threads[local.n_threads++], NULL, local_thread, NULL) != 0)
            abort();
    list_add(query ? &local.questions : &local.documents, &j->link);
    pthread_cond_signal(&local.more);
    pthread_mutex_unlock(&local.lock);
    return CS_LATER;
}
