#pragma once
/*
 * Err: the whole vocabulary of failure. The value is the HTTP status.
 *
 * A function returns 0 when it is done, a positive outcome that its header documents and its
 * direct caller handles, or a negative number that ends the call and is forwarded unchanged. Who
 * meets a failure first logs it, once.
 */

enum cs_error {
    CS_INVALID = 400,
    CS_UNAUTHENTICATED = 401,
    CS_FORBIDDEN = 403,
    CS_NOT_FOUND = 404,
    CS_METHOD = 405,
    CS_CONFLICT = 409,
    CS_TOO_LARGE = 413,
    CS_MEDIA = 415,
    CS_UNPROCESSABLE = 422,
    CS_LIMITED = 429,
    CS_INTERNAL = 500,
    CS_UPSTREAM = 502,
    CS_OVERLOADED = 503,
    CS_TIMEOUT = 504,
};

const char *cs_error_code(int status);  /* not_found; stable, for programs */
const char *cs_error_title(int status); /* Not found; stable, for people */
