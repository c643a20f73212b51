/* Accounts at addresses of their own, and what one asks of the edge. */
#include "fairness.h"

#include "base/id.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void address_next(char out[ADDRESS_SIZE], enum side side)
{
    static atomic_uint last[SIDES];
    unsigned n = atomic_fetch_add(&last[side], 1) + 1;

    snprintf(out, ADDRESS_SIZE, "%d.%u.%u.%u", side == ATTACKER ? 10 : 172, n >> 16 & 255,
             n >> 8 & 255, n & 255);
}

static void account_fail(const char *method, const char *path, const struct tc_reply *r)
{
    fprintf(stderr, "fairness: %s %s: %ld %s %.300s\n", method, path, r->status, r->error,
            r->body.data);
    exit(1);
}

void account_ask(struct account *a, const char *method, const char *path, const char *body,
                 struct tc_reply *ret)
{
    char from[64];
    const char *headers[] = {from, "Content-Type: application/json", NULL};

    snprintf(from, sizeof(from), "X-Forwarded-For: %s", a->address);
    tc_do(&a->tc,
          &(struct tc_request){.method = method,
                               .path = path,
                               .token = a->token,
                               .headers = headers,
                               .body = body,
                               .body_len = body ? strlen(body) : 0,
                               .timeout_ms = PATIENCE_MS},
          ret);
}

void account_make(struct account *a, const char *method, const char *path, const char *body,
                  char id[ID_SIZE])
{
    struct tc_reply r;

    account_ask(a, method, path, body, &r);
    const json_t *document = json_object_get(r.json, "document");
    const char *text = json_string_value(json_object_get(document ? document : r.json, "id"));
    if (r.status < 200 || r.status > 299 || !text)
        account_fail(method, path, &r);
    snprintf(id, ID_SIZE, "%s", text);
    tc_reply_free(&r);
}

void account_open(struct account *a, const char *base_url, const char *prefix, enum side side)
{
    char id[CS_ID_SIZE], body[256];
    struct tc_reply r;

    *a = (struct account){0};
    tc_init(&a->tc, base_url);
    address_next(a->address, side);
    cs_id_new(id);
    snprintf(a->name, sizeof(a->name), "%s-%s", prefix, id + 24);
    snprintf(body, sizeof(body),
             "{\"username\":\"%s\",\"email\":\"%s@example.org\",\"password\":\"" PASSWORD "\"}",
             a->name, a->name);
    account_ask(a, "POST", "/api/v1/auth/register", body, &r);
    const char *token = json_string_value(json_object_get(r.json, "access_token"));
    if (r.status != 201 || !token)
        account_fail("POST", "/api/v1/auth/register", &r);
    a->token = strdup(token);
    tc_reply_free(&r);
}

void account_share(struct account *a, const struct account *from)
{
    *a = *from;
    tc_init(&a->tc, from->tc.base_url);
    a->token = strdup(from->token);
}

void account_close(struct account *a)
{
    free(a->token);
    tc_free(&a->tc);
}

void account_bot(struct account *a, const char *provider, const char *configuration,
                 char id[ID_SIZE])
{
    CS_BUF_AUTO struct cs_buf body = {0};
    char path[160];
    struct tc_reply r;

    account_make(a, "POST", "/api/v1/bots", "{\"name\":\"Fairness\"}", id);
    if (provider) {
        cs_buf_addf(&body, "{\"api_key\":\"sk-fair\",\"base_url\":\"%s/v1\"}", provider);
        snprintf(path, sizeof(path), "/api/v1/bots/%s/provider-keys/house", id);
        account_ask(a, "PUT", path, body.data, &r);
        if (r.status != 200)
            account_fail("PUT", path, &r);
        tc_reply_free(&r);
        cs_buf_clear(&body);
    }
    cs_buf_addf(&body, "{\"configuration\":%s}", configuration);
    snprintf(path, sizeof(path), "/api/v1/bots/%s", id);
    account_ask(a, "PATCH", path, body.data, &r);
    if (r.status != 200)
        account_fail("PATCH", path, &r);
    tc_reply_free(&r);
}
