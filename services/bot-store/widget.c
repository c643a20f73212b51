/* Addresses, the picture and the texts by language of a widget. */
#include "bot-store/widget.h"

#include "base/utf8.h"
#include "bot/origin.h"

#include <string.h>
#include <strings.h>

enum { AVATAR_CHARS = 8, QUESTION_CHARS = 200, LANGUAGE_MAX = 16, WIDGET_BYTES = 65536 };

/* http or https with a host; what cannot stand in an address is refused */
static bool address_valid(struct cs_arena *a, const char *s, bool https)
{
    size_t origin = 0;

    if (strncasecmp(s, "https://", 8) != 0 && (https || strncasecmp(s, "http://", 7) != 0))
        return false;
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("\"<>`\\", *p))
            return false;
    origin = (size_t)(strstr(s, "://") + 3 - s);
    origin += strcspn(s + origin, "/?#");
    return cs_origin_normal(a, cs_strndup(a, s, origin)) != NULL;
}

static bool avatar_valid(struct cs_arena *a, const char *s)
{
    static const char *const types[] = {"png", "jpeg", "gif", "webp"};
    static const char base64[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *head = cs_printf(a, "data:image/%s;base64,", types[i]);
        size_t n = strlen(head);
        if (strncmp(s, head, n) == 0)
            return s[n] && !s[n + strspn(s + n, base64)];
    }
    if (strstr(s, "://"))
        return address_valid(a, s, true);
    return !cs_utf8_blank(s, strlen(s)) && cs_utf8_count(s, strlen(s)) <= AVATAR_CHARS;
}

/* A language tag as far as it matters here: parts of letters and digits with dashes between them. */
static bool language_valid(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t n = strlen(s), first = strcspn(s, "-");

    return n <= LANGUAGE_MAX && strspn(s, letters) == n && (first == 2 || first == 3) &&
           s[n - 1] != '-' && !strstr(s, "--");
}

static void check_texts(struct cs_arena *a, const char *language, const WidgetTexts *t,
                        struct pbjson_errors *errors)
{
    if (!language || !language_valid(language)) {
        pbjson_error(errors, cs_printf(a, "widget.texts.%s", language ? language : ""),
                     "The name must be a language tag such as de or pt-BR.");
        return;
    }
    for (size_t i = 0; t && i < t->n_suggested_questions; i++) {
        const char *s = t->suggested_questions[i];
        if (cs_utf8_blank(s, strlen(s)) || cs_utf8_count(s, strlen(s)) > QUESTION_CHARS)
            pbjson_error(errors,
                         cs_printf(a, "widget.texts.%s.suggested_questions[%zu]", language, i),
                         "The value must have 1 to 200 characters and not be blank.");
    }
}

void widget_check(struct cs_arena *a, const Widget *w, struct pbjson_errors *errors)
{
    if (!w)
        return;
    if (w->privacy_url && !address_valid(a, w->privacy_url, false))
        pbjson_error(errors, "widget.privacy_url", "The value must be an http or https address.");
    if (w->avatar && !avatar_valid(a, w->avatar))
        pbjson_error(errors, "widget.avatar",
                     "The value must be 1 to 8 characters, an https address or a data URL of a "
                     "PNG, JPEG, GIF or WebP image.");
    for (size_t i = 0; i < w->n_texts; i++)
        check_texts(a, w->texts[i]->key, w->texts[i]->value, errors);
    if (protobuf_c_message_get_packed_size(&w->base) > WIDGET_BYTES)
        pbjson_error(errors, "widget", "The value must not be longer than 65536 bytes.");
}
