/*
 * play: plays transcripts (.cst, see script.h) against a running stack.
 *
 *     play <base url> [name=value...] <file>...
 *
 * $run is a word of its own for each file, so that a stack can be played against again.
 */
#include "../support/client.h"
#include "match.h"
#include "script.h"
#include "vars.h"

#include "base/clock.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct player {
    struct tc client;
    struct vars *vars;
    const char *file;
    const char *test; /* the case that runs; NULL before the first */
    bool failed;      /* it, already */
    int n_passed, n_failed;
};

static void close_case(struct player *p)
{
    if (!p->test)
        return;
    if (p->failed) {
        p->n_failed++;
    } else {
        p->n_passed++;
        printf("  ok    %s\n", p->test);
    }
    p->test = NULL;
}

static void fail(struct player *p, const struct step *s, const char *why, const struct tc_reply *r)
{
    p->failed = true;
    if (!p->test)
        p->n_failed++;
    printf("  FAIL  %s\n        %s:%d: %s %s: %s\n", p->test ? p->test : "(before the first case)",
           p->file, s->line, s->method ? s->method : "user", s->path ? s->path : s->name, why);
    if (r)
        printf("        status %ld %s, body: %.1500s\n", r->status, r->error, r->body.data);
}

static void send_step(struct player *p, const struct step *s, struct tc_reply *r)
{
    CS_BUF_AUTO struct cs_buf path = {0}, body = {0};
    struct tc_request req = {.method = s->method, .timeout_ms = 120000};
    struct cs_buf expanded[8] = {{0}};
    const char *headers[10] = {0};

    vars_expand(p->vars, s->path, &path);
    if (s->body)
        vars_expand(p->vars, s->body, &body);
    if (s->fill)
        memset(cs_buf_grow(&body, s->fill), s->fill_with, s->fill), body.len += s->fill;
    for (size_t i = 0; i < s->n_headers; i++) {
        vars_expand(p->vars, s->headers[i], &expanded[i]);
        headers[i] = expanded[i].data;
    }
    if (s->n_headers && (s->body || s->fill))
        headers[s->n_headers] = "Content-Type: application/json";
    for (size_t i = 0; i < s->n_headers; i++)
        if (strncmp(headers[i], "Content-Type:", 13) == 0)
            headers[s->n_headers] = NULL;
    req.path = path.data;
    req.token = s->as && strcmp(s->as, "none") != 0 ? vars_get(p->vars, s->as) : NULL;
    req.headers = s->n_headers ? headers : NULL;
    req.body = s->body || s->fill ? body.data : NULL;
    req.body_len = body.len;
    req.file = s->file;
    req.file_type = s->file_type;
    req.leave_ms = s->leave_ms;
    tc_do(&p->client, &req, r);
    for (size_t i = 0; i < s->n_headers; i++)
        cs_buf_free(&expanded[i]);
}

static bool expect_json(struct player *p, const char *text, const json_t *actual,
                        struct cs_buf *why)
{
    json_error_t error;
    json_t *expected = json_loads(text, JSON_DECODE_ANY, &error);
    bool ok;

    if (!expected) {
        cs_buf_addf(why, "the expectation is no JSON: %s", error.text);
        return false;
    }
    ok = match(p->vars, expected, actual, why);
    json_decref(expected);
    return ok;
}

/* event <name> <json>: the next event of that name behind *at */
static bool expect_event(struct player *p, const char *text, const char **at, struct cs_buf *why)
{
    char name[64];
    int n = 0;
    struct tc_event e;

    if (sscanf(text, "%63s %n", name, &n) < 1)
        return false;
    while (tc_event_next(at, &e)) {
        bool found = e.event && strcmp(e.event, name) == 0, ok = true;
        if (found && text[n]) {
            json_t *data = json_loads(e.data, JSON_DECODE_ANY, NULL);
            ok = expect_json(p, text + n, data, why);
            json_decref(data);
        }
        tc_event_free(&e);
        if (found)
            return ok;
    }
    cs_buf_addf(why, "no (further) event %s", name);
    return false;
}

static bool expect_header(struct player *p, const char *text, const struct tc_reply *r,
                          struct cs_buf *why)
{
    char name[128], value[2048];
    const char *colon = strchr(text, ':');
    json_t *expected, *actual;
    bool ok;

    snprintf(name, sizeof(name), "%.*s", (int)(colon - text), text);
    tc_header(r, name, value, sizeof(value));
    expected = json_string(colon + 2);
    actual = json_string(value);
    ok = match(p->vars, expected, actual, why);
    json_decref(expected);
    json_decref(actual);
    return ok;
}

static bool expect(struct player *p, const struct step *s, const struct tc_reply *r,
                   struct cs_buf *why)
{
    const char *events = r->body.data;

    for (size_t i = 0; i < s->n_expect; i++) {
        const char *e = s->expect[i];
        bool ok;
        if (strspn(e, "0123456789") == 3 && !e[3]) {
            ok = r->status == strtol(e, NULL, 10);
            if (!ok)
                cs_buf_addf(why, "expected status %s, got %ld", e, r->status);
        } else if (strncmp(e, "event ", 6) == 0) {
            ok = expect_event(p, e + 6, &events, why);
        } else if (strncmp(e, "text ", 5) == 0) {
            json_t *expected = json_string(e + 5), *actual = json_string(r->body.data);
            ok = match(p->vars, expected, actual, why);
            json_decref(expected);
            json_decref(actual);
        } else if (*e == '{' || *e == '[') {
            ok = expect_json(p, e, r->json, why);
        } else if (strstr(e, ": ")) {
            ok = expect_header(p, e, r, why);
        } else {
            ok = false;
            cs_buf_addf(why, "\"%s\" is no expectation", e);
        }
        if (!ok)
            return false;
    }
    return true;
}

static void run_request(struct player *p, const struct step *s)
{
    int64_t until = cs_mono_ms() + s->eventually_s * 1000;

    for (;;) {
        CS_BUF_AUTO struct cs_buf why = {0};
        struct tc_reply r;
        bool ok, again;

        send_step(p, s, &r);
        ok = expect(p, s, &r, &why);
        again = !ok && cs_mono_ms() < until;
        if (!ok && !again)
            fail(p, s, why.data ? why.data : "did not fit", &r);
        tc_reply_free(&r);
        if (!again)
            return;
        cs_sleep_ms(100);
    }
}

static void run_step(struct player *p, const struct step *s)
{
    char *token;

    switch (s->kind) {
    case STEP_TEST:
        close_case(p);
        p->test = s->name;
        p->failed = false;
        break;
    case STEP_USER:
        token = tc_register(&p->client, s->name);
        if (token)
            vars_set(p->vars, s->name, token);
        else
            fail(p, s, "cannot register", NULL);
        free(token);
        break;
    case STEP_REQUEST: run_request(p, s); break;
    }
}

/* name=value, as given on the command line */
static void set_given(struct player *p, char **given, int n)
{
    char id[CS_ID_SIZE];

    cs_id_new(id);
    vars_set(p->vars, "run", id + 24);
    for (int i = 0; i < n; i++) {
        char name[64];
        size_t len = strcspn(given[i], "=");
        snprintf(name, sizeof(name), "%.*s", (int)len, given[i]);
        vars_set(p->vars, name, given[i] + len + 1);
    }
}

static void play(struct player *p, const char *file, char **given, int n_given)
{
    struct cs_arena arena;
    struct script sc;

    cs_arena_init(&arena);
    p->file = file;
    p->vars = vars_new();
    set_given(p, given, n_given);
    p->failed = false;
    printf("%s\n", file);
    if (script_read(&arena, file, &sc) != 0) {
        p->n_failed++;
        sc.n = 0;
    }
    for (size_t i = 0; i < sc.n; i++)
        if (!p->failed || sc.steps[i].kind == STEP_TEST)
            run_step(p, &sc.steps[i]);
    close_case(p);
    vars_free(p->vars);
    cs_arena_dispose(&arena);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct player p = {0};
    int first = 2;

    while (first < argc && strchr(argv[first], '='))
        first++;
    if (first >= argc) {
        fprintf(stderr, "usage: play <base url> [name=value...] <file.cst>...\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    tc_init(&p.client, argv[1]);
    for (int i = first; i < argc; i++)
        play(&p, argv[i], argv + 2, first - 2);
    tc_free(&p.client);
    curl_global_cleanup();
    printf("play: %d passed, %d failed, 0 skipped\n", p.n_passed, p.n_failed);
    return p.n_failed > 0;
}
