/* Spaces and normalisation of a typed password, and its hash and verification in that form. */
#include "auth/password.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "crypto/crypto.h"

#include <string.h>

enum { PASSWORD_MIN = 10 };

char *password_prepare(struct cs_arena *a, const char *text)
{
    CS_BUF_AUTO struct cs_buf mapped = {0};
    size_t left = strlen(text), n;
    uint32_t c;

    for (; (n = cs_utf8_next(text, left, &c)); text += n, left -= n) {
        if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
            return NULL;
        if (c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
            c == 0x205f || c == 0x3000) /* general category Zs but for the ASCII space */
            cs_buf_adds(&mapped, " ");
        else
            cs_buf_add(&mapped, text, n);
    }
    return left == 0 && mapped.len > 0 ? cs_utf8_nfc(a, mapped.data) : NULL;
}

const char *password_wrong(struct cs_arena *a, const char *text)
{
    const char *prepared = password_prepare(a, text);

    if (!prepared && *text)
        return "The value must not contain control characters or more than 30 combining marks in a "
               "row.";
    if (!prepared || cs_utf8_count(prepared, strlen(prepared)) < PASSWORD_MIN)
        return "The value must have at least 10 characters.";
    return NULL;
}

char *password_hash(struct cs_arena *a, const char *text)
{
    const char *prepared = password_prepare(a, text);

    return cs_password_hash(a, prepared ? prepared : text);
}

bool password_verify(struct cs_arena *a, const char *hash, const char *text, bool *ret_stale)
{
    const char *prepared = password_prepare(a, text);
    bool differs = prepared && strcmp(prepared, text) != 0;

    *ret_stale = false;
    if (cs_password_verify(hash, differs ? prepared : text))
        return true;
    *ret_stale = differs && cs_password_verify(hash, text);
    return *ret_stale;
}
