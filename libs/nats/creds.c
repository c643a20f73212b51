/* The two callbacks of libnats that read the credentials and sign the server's nonce. */
#include "nats/creds.h"

#include "base/file.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 64 * 1024 };

char *cs_creds_part(struct cs_arena *a, const char *text, const char *what)
{
    const char *at = strstr(text, cs_printf(a, "-----BEGIN %s-----", what));

    if (!at || !(at = strchr(at, '\n')))
        return NULL;
    at += strspn(at, "\r\n");
    return cs_strndup(a, at, strcspn(at, "\r\n"));
}

/* the text is freed by the library */
static natsStatus creds_fail(char **ret_error, natsStatus s, const char *why)
{
    *ret_error = strdup(why);
    return s;
}

static natsStatus creds_read_part(const char *path, const char *what, char **ret, char **ret_error)
{
    struct cs_arena a;
    size_t len = 0;
    char *part = NULL;

    cs_arena_init(&a);
    char *text = cs_file_read(&a, path, MAX_FILE, &len);
    if (text && (part = cs_creds_part(&a, text, what))) {
        *ret = strdup(part);
        sodium_memzero(part, strlen(part));
    }
    if (text)
        sodium_memzero(text, len);
    cs_arena_dispose(&a);
    if (part)
        return NATS_OK;
    return creds_fail(ret_error, NATS_ERR,
                      text ? "the credentials are malformed" : "the credentials cannot be read");
}

static natsStatus user_jwt(char **ret_jwt, char **ret_error, void *closure)
{
    return creds_read_part(closure, "NATS USER JWT", ret_jwt, ret_error);
}

natsStatus cs_creds_sign(char **ret_error, unsigned char **ret_signature, int *ret_len,
                         const char *nonce, void *closure)
{
    char *seed = NULL;
    natsStatus s = creds_read_part(closure, "USER NKEY SEED", &seed, ret_error);

    if (s != NATS_OK)
        return s;
    s = nats_Sign(seed, nonce, ret_signature, ret_len);
    sodium_memzero(seed, strlen(seed));
    free(seed);
    if (s != NATS_OK)
        return creds_fail(ret_error, NATS_ERR, "the seed in the credentials is malformed");
    if (**ret_signature != 0)
        return NATS_OK;
    free(*ret_signature);
    *ret_signature = NULL;
    return creds_fail(ret_error, NATS_IO_ERROR, "a signature that the library would lose");
}

natsStatus cs_creds_use(natsOptions *o, const char *path)
{
    void *closure = (void *)(uintptr_t)path;

    return natsOptions_SetUserCredentialsCallbacks(o, user_jwt, closure, cs_creds_sign, closure);
}
