/* Errors of providers, read from JSON and from HTTP statuses, and keys removed from their text. */
#include "provider/fault.h"

#include "base/buf.h"
#include "base/json_span.h"
#include "base/log.h"
#include "base/utf8.h"
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

/* The first member of an object that has one of these names. */
static const json_t *member_of(const json_t *object, const char *const *names)
{
    const json_t *value = NULL;

    for (; *names && (!value || json_is_null(value)); names++)
        value = json_object_get(object, *names);
    return value;
}

/* The words of an error: a text, the first of a list, or somewhere within an object. */
static const char *error_words(const json_t *error, int depth)
{
    static const char *const names[] = {"message",    "msg",   "detail",      "error_msg",
                                        "errmsg",     "error", "description", "errors",
                                        "status_msg", "title", NULL};
    enum { DEPTH = 4 };

    if (json_is_array(error))
        error = json_array_get(error, 0);
    if (!json_is_object(error) || depth == DEPTH)
        return json_string_value(error);
    return error_words(member_of(error, names), depth + 1);
}

/* The words of a provider behind a gateway, which stand beside the gateway's own. */
static void gateway_read(struct cs_fault *f, const json_t *error)
{
    const char *raw = json_string_value(json_object_get(json_object_get(error, "metadata"), "raw"));
    size_t n = strlen(f->message);

    if (raw && n + 2 < sizeof(f->message))
        snprintf(f->message + n, sizeof(f->message) - n, "%s%s", n ? ": " : "", raw);
}

/* Whether money is missing, not patience: asking again is of no use. */
static bool fault_is_quota(const struct cs_fault *f)
{
    static const char *const codes[] = {"insufficient_quota",
                                        "credit_balance_exhausted",
                                        "organization_spend_limit_exceeded",
                                        "project_spend_limit_exceeded",
                                        "organization_usage_limit_exceeded",
                                        "billing_error",
                                        "billing_hard_limit_reached",
                                        "enforced_spend_limit_reached",
                                        "contract_spend_limit_reached",
                                        "linked_organization_spend_limit_reached",
                                        "insufficient_balance"};
    static const char *const words[] = {"You have reached your specified",
                                        "nsufficient balance",
                                        "nsufficient Balance",
                                        "nsufficient credit",
                                        "credit balance is too low",
                                        "exceeded your current quota"};

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (fault_says(f, codes[i]))
            return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strstr(f->message, words[i]))
            return true;
    return f->status == 402;
}

void cs_fault_from(const json_t *error, struct cs_fault *ret)
{
    static const char *const codes[] = {"code", "error_code", "status_code", "statusCode", NULL};
    static const char *const types[] = {"type", "error_type", NULL};
    const json_t *inner = json_object_get(error, "error"), *code;

    *ret = (struct cs_fault){0};
    if (json_is_object(inner)) /* an error within an error */
        error = inner;
    code = member_of(error, codes);
    if (!code)
        code = json_object_get(json_object_get(error, "details"), "error_code");
    field_put(ret->code, sizeof(ret->code), code);
    field_put(ret->type, sizeof(ret->type), member_of(error, types));
    field_put(ret->param, sizeof(ret->param), json_object_get(error, "param"));
    const char *words = error_words(error, 0);
    snprintf(ret->message, sizeof(ret->message), "%s", words ? words : "");
    gateway_read(ret, error);
    google_read(ret, error);
    long status = strtol(ret->code, NULL, 10);
    if (!status)
        status = (long)json_integer_value(json_object_get(error, "status"));
    ret->status = status >= 400 && status < 600 ? (int)status : 0;
    ret->quota |= fault_is_quota(ret);
}

/* A page of HTML as one line of its text. */
static void html_read(struct cs_fault *f, const char *body, size_t len)
{
    size_t n = 0;
    bool tag = false;

    for (size_t i = 0; i < len && n + 1 < sizeof(f->message); i++) {
        tag |= body[i] == '<';
        bool space = tag || isspace((unsigned char)body[i]);
        if (!space || (n > 0 && f->message[n - 1] != ' '))
            f->message[n++] = space ? ' ' : body[i];
        tag &= body[i] != '>';
    }
    f->message[n] = '\0';
}

void cs_fault_parse(const char *body, size_t len, struct cs_fault *ret)
{
    enum { TREE = 1 << 20 };
    static const char *const names[] = {"error", "errors", NULL};

    len = len < CS_FAULT_BODY ? len : CS_FAULT_BODY;
    json_t *root = cs_provider_json(body, len, TREE);
    const char *brace = len ? memchr(body, '{', len) : NULL;
    if (!root && brace &&
        strncmp(body, "<", 1) != 0) { /* in an event of a stream, or behind a word */
        size_t rest = len - (size_t)(brace - body), n = cs_json_span(brace, rest);
        root = cs_provider_json(brace, n, TREE);
    }
    const json_t *object = json_is_array(root) ? json_array_get(root, 0) : root; /* as Google's */
    const json_t *error = member_of(object, names);

    cs_fault_from(json_is_object(error) || json_is_string(error) || json_is_array(error) ? error
                                                                                         : object,
                  ret);
    if (!*ret->message && len > 0 && *body == '<')
        html_read(ret, body, len);
    else if (!*ret->message && !root)
        snprintf(ret->message, sizeof(ret->message), "%.*s", (int)(len < 512 ? len : 512), body);
    json_decref(root);
}

bool cs_fault_may_pass(int status, const struct cs_fault *f)
{
    static const char *const final[] = {"invalid_request_error", "authentication_error",
                                        "permission_error",      "not_found_error",
                                        "invalid_api_key",       "model_not_found"};

    status = status ? status : f->status;
    for (size_t i = 0; status == 0 && i < sizeof(final) / sizeof(*final); i++)
        if (fault_says(f, final[i]))
            return false;
    if (f->quota || f->unreadable)
        return false;
    switch (status) {
    case 0:
    case 429:
    case 408:
    case 409:
    case 425: return true;
    default: return status >= 500;
    }
}

bool cs_fault_is_length(const struct cs_fault *f)
{
    static const char *const words[] = {"maximum context length",
                                        "context length exceeded",
                                        "exceeds the available context size",
                                        "prompt is too long",
                                        "exceeds the maximum number of tokens",
                                        "input token count"};

    if (fault_says(f, "context_length_exceeded") || fault_says(f, "exceed_context_size_error"))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcasestr(f->message, words[i]))
            return true;
    return false;
}

static const char *kind_of(int status, const struct cs_fault *f)
{
    if (status == 402 || f->quota)
        return "reported an exhausted quota of the key";
    if (cs_fault_is_length(f))
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
    const char *word = word_is_plain(f->code) ? f->code : f->type, *kind;

    status = status ? status : f->status;
    kind = f->unreadable ? "sent an answer that cannot be read" : kind_of(status, f);
    if (!word_is_plain(word))
        word = ""; /* only a plain word is shown */
    if (status == 0)
        return cs_printf(a, "The provider %s %s%s%s%s.", provider, kind, *word ? " (" : "", word,
                         *word ? ")" : "");
    return cs_printf(a, "The provider %s %s (%d%s%s).", provider, kind, status, *word ? ", " : "",
                     word);
}

const char *cs_fault_said(struct cs_arena *a, const struct cs_fault *f, const char *key)
{
    const char *words = cs_fault_without_key(a, f->message, key);

    if (f->unreadable || cs_utf8_blank(words, strlen(words)))
        return "";
    return cs_printf(a, " It said: %s", words);
}

const char *cs_fault_words(struct cs_arena *a, const char *provider, int status,
                           const struct cs_fault *f, const char *key)
{
    return cs_printf(a, "%s%s", cs_fault_reason(a, provider, status, f), cs_fault_said(a, f, key));
}

/* Letters and digits mixed, in a piece as long as no name of a model has. */
static bool piece_like_a_key(const char *piece, size_t n)
{
    enum { LONG = 8 };
    size_t digits = 0;

    for (size_t i = 0; i < n; i++)
        digits += isdigit((unsigned char)piece[i]) != 0;
    return n >= LONG && digits > 0 && digits < n;
}

/* Keys are long words with digits, shown whole, cut or with stars. Names of models, dates and numbers are none. */
static bool like_a_key(const char *word, size_t n)
{
    enum { VERY_LONG = 32 };
    size_t from = 0;

    if (memchr(word, '*', n) || n >= VERY_LONG || (n > 3 && strncmp(word, "sk-", 3) == 0) ||
        (n > 4 && strncmp(word, "AIza", 4) == 0))
        return true;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && !strchr("-_./=+", word[i]))
            continue;
        if (piece_like_a_key(word + from, i - from))
            return true;
        from = i + 1;
    }
    return false;
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

const char *cs_fault_without_key(struct cs_arena *a, const char *text, const char *key)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    size_t n = key ? strlen(key) : 0;
    const char *at;

    while (n > 0 && (at = strstr(text, key))) {
        cs_buf_add(&out, text, (size_t)(at - text));
        cs_buf_adds(&out, "[...]");
        text = at + n;
    }
    cs_buf_adds(&out, text);
    /* a text that was cut within a character */
    size_t len = cs_utf8_cut(out.data, out.len, out.len);
    return cs_fault_redacted(a, cs_strndup(a, out.data, len));
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
