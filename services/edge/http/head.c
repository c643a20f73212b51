/* The rules of RFC 9112 on framing, one after the other, and headers that may stand once only. */
#include "edge/http/head.h"

#include <stdbool.h>
#include <string.h>

enum { TYPE_MAX = 1024, LENGTH_DIGITS = 15 };

/* A second line of these would be read by nobody, or by somebody else only. */
static const struct {
    const char *name, *detail;
} singles[] = {
    {"host", "Host must stand once."},
    {"content-length", "Content-Length must stand once."},
    {"transfer-encoding", "Transfer-Encoding must stand once."},
    {"content-type", "Content-Type must stand once."},
    {"authorization", "Authorization must stand once."},
    {"origin", "Origin must stand once."},
    {"expect", "Expect must stand once."},
    {"x-request-id", "X-Request-Id must stand once."},
    {"traceparent", "Traceparent must stand once."},
    {"idempotency-key", "Idempotency-Key must stand once."},
    {"last-event-id", "Last-Event-ID must stand once."},
    {"if-match", "If-Match must stand once."},
};

const struct head_line *head_find(const struct head_line *lines, size_t n, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (lines[i].name && lines[i].name_len == len && strncasecmp(lines[i].name, name, len) == 0)
            return &lines[i];
    return NULL;
}

/* every line ends with CR LF, neither stands alone, no line is folded, and there is no NUL */
static const char *bytes_refusal(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == 0)
            return "A head must not hold a NUL.";
        if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
            return "A line must end with CR LF.";
        if (bytes[i] == '\r' && (i + 1 == len || bytes[i + 1] != '\n'))
            return "A CR must stand before an LF only.";
        if (bytes[i] == '\n' && i + 1 < len && (bytes[i + 1] == ' ' || bytes[i + 1] == '\t'))
            return "A header must not be folded over several lines.";
    }
    return NULL;
}

static const char *singles_refusal(const struct head_line *lines, size_t n)
{
    for (size_t s = 0; s < sizeof(singles) / sizeof(singles[0]); s++) {
        const struct head_line *first = head_find(lines, n, singles[s].name);
        if (first && head_find(first + 1, n - (size_t)(first + 1 - lines), singles[s].name))
            return singles[s].detail;
    }
    return NULL;
}

static const char *length_refusal(const struct head_line *length, const struct head_line *coding,
                                  int minor)
{
    if (length && coding)
        return "Content-Length and Transfer-Encoding must not stand together.";
    if (coding && minor == 0)
        return "HTTP/1.0 has no Transfer-Encoding.";
    if (coding && (coding->value_len != 7 || strncasecmp(coding->value, "chunked", 7) != 0))
        return "Transfer-Encoding must be chunked.";
    if (!length)
        return NULL;
    for (size_t i = 0; i < length->value_len; i++)
        if (length->value[i] < '0' || length->value[i] > '9')
            return "Content-Length must be a number of bytes.";
    return length->value_len && length->value_len <= LENGTH_DIGITS
               ? NULL
               : "Content-Length must be a number of bytes.";
}

static const char *host_refusal(const struct head_line *host, int minor)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._~%!$&'()*+;=:[]";

    if (!host)
        return minor == 0 ? NULL : "A Host header is required.";
    if (host->value_len == 0)
        return "A Host header is required.";
    for (size_t i = 0; i < host->value_len; i++)
        if (!memchr(allowed, host->value[i], sizeof(allowed) - 1))
            return "Host must be a name or an address, and perhaps a port.";
    return NULL;
}

const char *head_check(const char *bytes, size_t len, int minor, const struct head_line *lines,
                       size_t n)
{
    const struct head_line *type = head_find(lines, n, "content-type");
    const char *detail;

    if (len > HEAD_MAX)
        return "The head of a request must be at most 65,536 bytes.";
    if (minor != 0 && minor != 1)
        return "The version must be HTTP/1.1 or HTTP/1.0.";
    detail = bytes_refusal(bytes, len);
    if (!detail)
        detail = singles_refusal(lines, n);
    if (!detail)
        detail = length_refusal(head_find(lines, n, "content-length"),
                                head_find(lines, n, "transfer-encoding"), minor);
    if (!detail)
        detail = host_refusal(head_find(lines, n, "host"), minor);
    if (!detail && type && type->value_len > TYPE_MAX)
        detail = "Content-Type must be at most 1,024 bytes.";
    return detail;
}
