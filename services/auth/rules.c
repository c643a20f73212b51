/* Checks of account fields, character by character. */
#include "auth/rules.h"

#include "base/utf8.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

static const char *const scopes[] = {
    "bots:read", "bots:write", "documents:read", "documents:write",
    "chat:read", "chat:write", "events:read",    "events:write",
};

static bool only_of(const char *s, size_t n, const char *allowed)
{
    return n > 0 && strspn(s, allowed) >= n;
}

const char *rules_username(const char *s)
{
    size_t n = strlen(s);

    if (n < 3 || n > 40 || !only_of(s, n, LETTERS DIGITS "._-"))
        return "The value must be 3 to 40 letters, digits, dots, dashes or underscores.";
    return strchr(LETTERS DIGITS, s[0]) ? NULL : "The value must begin with a letter or a digit.";
}

/* labels of letters, digits and dashes, parted by dots */
static bool domain_valid(const char *s)
{
    for (;;) {
        size_t n = strcspn(s, ".");

        if (n > LABEL_MAX || !only_of(s, n, LETTERS DIGITS "-") || s[0] == '-' || s[n - 1] == '-')
            return false;
        if (!s[n])
            return true;
        s += n + 1;
    }
}

/* the addresses that an HTML form takes; ASCII, as the domain of an international one travels */
const char *rules_email(const char *s)
{
    const char *at = strchr(s, '@');
    size_t local = at ? (size_t)(at - s) : 0;

    if (!at || local > LOCAL_MAX || !only_of(s, local, LETTERS DIGITS ".!#$%&'*+/=?^_`{|}~-") ||
        !domain_valid(at + 1))
        return "The value must be an email address such as ada@example.org.";
    return NULL;
}

bool rules_scope(const char *s)
{
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
        if (strcmp(scopes[i], s) == 0)
            return true;
    return false;
}
