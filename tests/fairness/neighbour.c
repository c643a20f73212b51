/* The jobs of the workspace that is measured, a thread each. */
#include "fairness.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGINS = 10, POLL_MS = 100 };

const char *const job_names[JOBS] = {
    [JOB_LOGIN] = "login",   [JOB_CHAT] = "chat, builtin",     [JOB_MODEL] = "chat, provider",
    [JOB_SEARCH] = "search", [JOB_UPLOAD] = "upload to ready",
};

static struct {
    struct account member, logins[LOGINS];
    char bot[ID_SIZE], model_bot[ID_SIZE];
} neighbour;

/* A job's thread. */
struct worker {
    enum job job;
    struct account account;
    char conversation[ID_SIZE];
    struct samples *samples;
    int64_t until_ms;
    int n;
};

/* A sign-in that is refused with 429 is repeated after Retry-After, as a person does. */
static void login_ask(struct worker *w, const char *path, const char *body, int64_t until_ms,
                      struct tc_reply *ret)
{
    for (;;) {
        char after[16];
        account_ask(&w->account, "POST", path, body, ret);
        tc_header(ret, "retry-after", after, sizeof(after));
        if (ret->status != 429 || !*after || cs_mono_ms() >= until_ms)
            return;
        w->samples->told++;
        tc_reply_free(ret);
        cs_sleep_ms(strtol(after, NULL, 10) * 1000);
    }
}

/* From the address of the account, or from one where it was never before. */
static void login_once(struct worker *w)
{
    const struct account *who = &neighbour.logins[w->n % LOGINS];
    struct tc_reply r;
    char body[160];
    int64_t began = cs_mono_ms();

    if (w->n % 2)
        address_next(w->account.address, NEIGHBOUR);
    else
        snprintf(w->account.address, sizeof(w->account.address), "%s", who->address);
    snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"" PASSWORD "\"}", who->name);
    login_ask(w, "/api/v1/auth/login", body, began + PATIENCE_MS, &r);
    if (r.status == 200)
        samples_add(w->samples, cs_mono_ms() - began);
    else
        samples_fail(w->samples, "login", &r);
    tc_reply_free(&r);
}

static void turn_once(struct worker *w)
{
    struct tc_reply r;
    char path[160];
    int64_t began = cs_mono_ms();

    snprintf(path, sizeof(path), "/api/v1/conversations/%s/messages", w->conversation);
    account_ask(&w->account, "POST", path, "{\"content\":\"What do masts carry?\"}", &r);
    const char *status =
        json_string_value(json_object_get(json_object_get(r.json, "message"), "status"));
    if (r.status == 200 && status && strcmp(status, "completed") == 0)
        samples_add(w->samples, cs_mono_ms() - began);
    else
        samples_fail(w->samples, "turn", &r);
    tc_reply_free(&r);
}

static void search_once(struct worker *w)
{
    struct tc_reply r;
    char path[160];
    int64_t began = cs_mono_ms();

    snprintf(path, sizeof(path), "/api/v1/bots/%s/search", neighbour.bot);
    account_ask(&w->account, "POST", path, "{\"query\":\"masts and sails\"}", &r);
    if (r.status == 200)
        samples_add(w->samples, cs_mono_ms() - began);
    else
        samples_fail(w->samples, "search", &r);
    tc_reply_free(&r);
}

/* Whether the uploaded document can be searched in time. */
static bool upload_wait(struct worker *w, struct tc_reply *r, int64_t until_ms)
{
    char path[200];
    const char *id = json_string_value(json_object_get(json_object_get(r->json, "document"), "id"));

    if (r->status != 202 || !id)
        return false;
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents/%s", neighbour.bot, id);
    for (;;) {
        tc_reply_free(r);
        account_ask(&w->account, "GET", path, NULL, r);
        const char *status = json_string_value(json_object_get(r->json, "status"));
        if (r->status == 200 && status && strcmp(status, "ready") == 0)
            return true;
        if (r->status != 200 || !status || strcmp(status, "failed") == 0 ||
            cs_mono_ms() >= until_ms)
            return false;
        cs_sleep_ms(POLL_MS);
    }
}

static void upload_once(struct worker *w)
{
    struct tc_reply r;
    char path[160], body[256];
    int64_t began = cs_mono_ms();

    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", neighbour.bot);
    snprintf(body, sizeof(body),
             "{\"name\":\"sea.md\",\"text\":\"# Masts %lld\\n\\nMasts carry sails.\\n\"}",
             (long long)cs_mono_us()); /* never the same document again */
    account_ask(&w->account, "POST", path, body, &r);
    if (upload_wait(w, &r, began + PATIENCE_MS))
        samples_add(w->samples, cs_mono_ms() - began);
    else
        samples_fail(w->samples, "upload", &r);
    tc_reply_free(&r);
}

/* The pauses keep within what the edge allows an account a minute. */
static const struct {
    void (*run)(struct worker *w);
    int pause_ms;
} jobs[JOBS] = {
    [JOB_LOGIN] = {login_once, 300},   [JOB_CHAT] = {turn_once, 1000},
    [JOB_MODEL] = {turn_once, 1000},   [JOB_SEARCH] = {search_once, 250},
    [JOB_UPLOAD] = {upload_once, 500},
};

static void *worker_run(void *arg)
{
    struct worker *w = arg;

    while (cs_mono_ms() < w->until_ms) {
        jobs[w->job].run(w);
        w->n++;
        cs_sleep_ms(jobs[w->job].pause_ms);
    }
    return NULL;
}

static void worker_open(struct worker *w, enum job job, struct samples *samples)
{
    char body[128];

    *w = (struct worker){.job = job, .samples = samples};
    account_share(&w->account, &neighbour.member);
    if (job == JOB_LOGIN) {
        free(w->account.token);
        w->account.token = NULL;
    }
    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}",
             job == JOB_MODEL ? neighbour.model_bot : neighbour.bot);
    if (job == JOB_CHAT || job == JOB_MODEL)
        account_make(&w->account, "POST", "/api/v1/conversations", body, w->conversation);
}

void neighbour_open(const char *base_url, const char *provider)
{
    account_open(&neighbour.member, base_url, "neighbour", NEIGHBOUR);
    for (int i = 0; i < LOGINS; i++)
        account_open(&neighbour.logins[i], base_url, "member", NEIGHBOUR);
    account_bot(&neighbour.member, NULL, "{\"llm_provider\":\"builtin\"}", neighbour.bot);
    account_bot(&neighbour.member, provider,
                "{\"llm_provider\":\"house\",\"llm_model\":\"test?words=20\"}",
                neighbour.model_bot);
}

void neighbour_work(struct samples ret[JOBS], int seconds)
{
    struct worker workers[JOBS];
    pthread_t threads[JOBS];

    for (int i = 0; i < JOBS; i++)
        worker_open(&workers[i], (enum job)i, &ret[i]);
    for (int i = 0; i < JOBS; i++) {
        workers[i].until_ms = cs_mono_ms() + seconds * 1000;
        pthread_create(&threads[i], NULL, worker_run, &workers[i]);
    }
    for (int i = 0; i < JOBS; i++) {
        pthread_join(threads[i], NULL);
        account_close(&workers[i].account);
    }
}

void neighbour_close(void)
{
    for (int i = 0; i < LOGINS; i++)
        account_close(&neighbour.logins[i]);
    account_close(&neighbour.member);
}
