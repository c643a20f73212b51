/* Errors of providers, read from JSON and from HTTP statuses, and keys removed from their text. */
#include "provider/fault.h"

#include "base/buf.h"
#include "base/log.h"
#include "provider/json.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 3600 };

static void field_put(char *out, size_t size, const json_t *value)
{
    if (json_is_string(value))
        snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(out, size, "%lld", (long long)json_integer_value(value));
}

static bool fault_says(const struct cs_fault *f, const char *word)
{
    return strcmp(f->code, word) == 0 || strcmp(f->type, word) == 0;
}

/* Google's own fields: the status as a word, and details with a delay and with the quotas exceeded. */
static void google_read(struct cs_fault *f, const json_t *error)
{
    const json_t *detail, *violation;
    size_t i, k;

    if (!*f->type)
        field_put(f->type, sizeof(f->type), json_object_get(error, "status"));
    for (char *c = f->type; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    json_array_foreach(json_object_get(error, "details"), i, detail) {
        const char *delay = json_string_value(json_object_get(detail, "retryDelay"));
        double seconds = delay ? strtod(delay, NULL) : 0;
        if (seconds > 0 && seconds < DAY_S)
            f->retry_after_ms = (int64_t)(seconds * 1000);
        json_array_foreach(json_object_get(detail, "violations"), k, violation) {
            const char *id = json_string_value(json_object_get(violation, "quotaId"));
            f->quota |= id && strstr(id, "PerDay");
        }
    }
}

void cs_fault_from(const json_t *error, struct cs_fault *ret)
{
    /* money, not rate: asking again is of no use */
    static const char *const quota_words[] = {
        "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded", "organization_usage_limit_exceeded"};

    *ret = (struct cs_fault){0};
    if (json_is_string(error)) {
        field_put(ret->message, sizeof(ret->message), error);
        return;
    }
    field_put(ret->code, sizeof(ret->code), json_object_get(error, "code"));
    field_put(ret->type, sizeof(ret->type), json_object_get(error, "type"));
    field_put(ret->param, sizeof(ret->param), json_object_get(error, "param"));
    field_put(ret->message, sizeof(ret->message), json_object_get(error, "message"));
    google_read(ret, error);
    for (size_t i = 0; i < sizeof(quota_words) / sizeof(*quota_words); i++)
        ret->quota |= fault_says(ret, quota_words[i]);
}

void cs_fault_parse(const char *body, size_t len, struct cs_fault *ret)
{
    enum { TREE = 1 << 20 };

    len = len < CS_FAULT_BODY ? len : CS_FAULT_BODY;
    json_t *root = cs_provider_json(body, len, TREE);
    const json_t *object = json_is_array(root) ? json_array_get(root, 0) : root; /* as Google's */
    const json_t *error = json_object_get(object, "error");

    if (error)
        cs_fault_from(error, ret);
    else
        *ret = (struct cs_fault){0};
    if (!error)
        field_put(ret->message, sizeof(ret->message), json_object_get(object, "message"));
    if (!error && !*ret->message)
        snprintf(ret->message, sizeof(ret->message), "%.*s", (int)(len < 512 ? len : 512), body);
    json_decref(root);
}

bool cs_fault_may_pass(int status, const struct cs_fault *f)
{
    switch (status) {
    case 0:
    case 429: return !f->quota;
    case 408:
    case 409:
    case 425: return true;
    default: return status >= 500;
    }
}

static const char *kind_of(int status, const struct cs_fault *f)
{
    if (status == 402 || f->quota)
        return "reported an exhausted quota of the key";
    if (fault_says(f, "context_length_exceeded"))
        return "reported too much text for the model";
    switch (status) {
    case 0: return "failed";
    case 401:
    case 403: return "refused the key";
    case 404: return "does not know the model, or its base_url is wrong";
    case 429: return "reported too many requests";
    default: return status >= 500 ? "failed" : "refused the request";
    }
}

static bool word_is_plain(const char *word)
{
    return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz_")];
}

const char *cs_fault_reason(struct cs_arena *a, const char *provider, int status,
                            const struct cs_fault *f)
{
    const char *word = word_is_plain(f->code) ? f->code : f->type, *kind = kind_of(status, f);

    if (!word_is_plain(word))
        word = ""; /* only a plain word is shown */
    if (status == 0)
        return cs_printf(a, "The provider %s %s%s%s%s.", provider, kind, *word ? " (" : "", word,
                         *word ? ")" : "");
    return cs_printf(a, "The provider %s %s (%d%s%s).", provider, kind, status, *word ? ", " : "",
                     word);
}

/* Keys are long words with digits, shown whole, cut or with stars. */
static bool like_a_key(const char *word, size_t n)
{
    bool digit = false;

    for (size_t i = 0; i < n; i++) {
        if (word[i] == '*')
            return true;
        digit |= isdigit((unsigned char)word[i]) != 0;
    }
    return (digit && n >= 8) || n >= 32 || (n > 3 && strncmp(word, "sk-", 3) == 0);
}

const char *cs_fault_redacted(struct cs_arena *a, const char *text)
{
    static const char in_keys[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*+/=";
    CS_BUF_AUTO struct cs_buf out = {0};

    while (*text) {
        size_t n = strspn(text, in_keys);
        if (n > 0 && like_a_key(text, n)) {
            cs_buf_adds(&out, "[...]");
        } else {
            n = n ? n : 1;
            cs_buf_add(&out, text, n);
        }
        text += n;
    }
    return out.data ? cs_strdup(a, out.data) : "";
}

const char *cs_fault_unreachable(struct cs_arena *a, const char *provider, const char *reason)
{
    cs_log(CS_WARN, "a provider cannot be reached", "provider", provider, "reason", reason, NULL);
    return cs_printf(a, "The provider %s cannot be reached at its base_url.", provider);
}

void cs_fault_log(struct cs_arena *a, const char *provider, const char *model, int status,
                  const struct cs_fault *f)
{
    cs_log(CS_WARN, "a provider refused a request", "provider", provider, "model", model, "status",
           cs_log_int(status), "code", cs_fault_redacted(a, f->code), "type",
           cs_fault_redacted(a, f->type), "param", cs_fault_redacted(a, f->param), "said",
           cs_fault_redacted(a, f->message), NULL);
}
