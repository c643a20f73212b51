/* One check and one description for each kind of setting. */
#include "base/setting.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

enum { HOST_MAX = 255 };

static bool whole_number(const char *s, long min, long max)
{
    char *end;
    long n = strtol(s, &end, 10);

    return *s && strspn(s, "-0123456789") == strlen(s) && !*end && n >= min && n <= max;
}

/* Whether the n bytes at word are one of the words of a list such as "http, https". */
static bool word_listed(const char *list, const char *word, size_t n)
{
    for (size_t len; *list; list += len) {
        list += strspn(list, ", ");
        len = strcspn(list, ", ");
        if (n > 0 && len == n && strncmp(list, word, n) == 0)
            return true;
    }
    return false;
}

static bool number_is_share(const char *s)
{
    char *end;
    double n = strtod(s, &end);

    return *s && strspn(s, "0123456789.") == strlen(s) && !*end && n >= 0 && n <= 1;
}

static bool address_numeric(const char *s)
{
    unsigned char address[16];

    return inet_pton(AF_INET, s, address) == 1 || inet_pton(AF_INET6, s, address) == 1;
}

static bool endpoint_valid(const char *s)
{
    const char *colon = strrchr(s, ':');
    char host[INET_ADDRSTRLEN];
    struct in_addr address;

    if (!colon || colon - s >= (long)sizeof(host) || !whole_number(colon + 1, 0, 65535))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)(colon - s), s);
    return !*host || inet_pton(AF_INET, host, &address) == 1;
}

/* Bytes of the host at s, a name or a numeric address, IPv6 in brackets; 0: there is none. */
static size_t host_length(const char *s)
{
    char text[INET6_ADDRSTRLEN];
    size_t n = *s == '[' ? strcspn(s, "]") : strspn(s, HOST_CHARACTERS);
    struct in6_addr address;

    if (*s != '[')
        return n <= HOST_MAX ? n : 0;
    if (s[n] != ']' || n >= sizeof(text))
        return 0;
    snprintf(text, sizeof(text), "%.*s", (int)n - 1, s + 1);
    return inet_pton(AF_INET6, text, &address) == 1 ? n + 1 : 0;
}

static bool url_valid(const char *s, const char *schemes)
{
    const char *host = strstr(s, "://"), *rest;
    char port[8] = "";
    size_t n;

    if (!host || !word_listed(schemes, s, (size_t)(host - s)) || !(n = host_length(host + 3)))
        return false;
    rest = host + 3 + n;
    if (*rest == ':') {
        n = strcspn(++rest, "/");
        snprintf(port, sizeof(port), "%.*s", (int)(n < sizeof(port) ? n : sizeof(port) - 1), rest);
        if (!whole_number(port, 1, 65535) || strlen(port) != n)
            return false;
        rest += n;
    }
    if (*rest && *rest != '/')
        return false;
    for (; *rest; rest++)
        if (*rest <= ' ' || *rest >= 0x7f || strchr("\"<>\\^`{|}?#", *rest))
            return false;
    return true;
}

/* Whether it is a folder; with a name, whether it has a readable file of that name. */
static bool folder_valid(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode) || access(folder, R_OK | X_OK) < 0)
        return false;
    return !name || ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path) &&
                     access(path, R_OK) == 0);
}

static bool folder_writable(const char *folder)
{
    struct stat st;

    return stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && access(folder, W_OK | X_OK) == 0;
}

static bool output_valid(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];

    if (!slash)
        return folder_writable(".");
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    return slash[1] && folder_writable(*folder ? folder : "/");
}

static bool value_valid(const struct cs_env *t, const char *value)
{
    switch (t->kind) {
    case CS_ENV_INT: return whole_number(value, t->min, t->max);
    case CS_ENV_CHOICE: return word_listed(t->format, value, strlen(value));
    case CS_ENV_SHARE: return number_is_share(value);
    case CS_ENV_ADDRESS: return address_numeric(value);
    case CS_ENV_ENDPOINT: return endpoint_valid(value);
    case CS_ENV_URL: return url_valid(value, t->format);
    case CS_ENV_FOLDER: return folder_valid(value, t->format);
    case CS_ENV_WRITABLE: return folder_writable(value);
    case CS_ENV_OUTPUT: return output_valid(value);
    case CS_ENV_FILE: return access(value, R_OK) == 0;
    case CS_ENV_LIST:
    case CS_ENV_TEXT:
    case CS_ENV_SECRET: break;
    }
    return true;
}

const char *cs_setting_wrong(const struct cs_env *t, const char *value, char *part, size_t size)
{
    if (t->kind != CS_ENV_LIST)
        return value_valid(t, value) ? NULL : value;
    for (size_t n; *(value += strspn(value, ", \t\n")); value += n) {
        n = strcspn(value, ", \t\n");
        snprintf(part, size, "%.*s", (int)n, value);
        if (n >= size || !t->item(part))
            return part;
    }
    return NULL;
}

const char *cs_setting_format(const struct cs_env *t, char *out, size_t size)
{
    switch (t->kind) {
    case CS_ENV_INT:
        snprintf(out, size, "a whole number from %ld to %ld", t->min, t->max);
        return out;
    case CS_ENV_CHOICE: snprintf(out, size, "one of %s", t->format); return out;
    case CS_ENV_SHARE: return "a number from 0 to 1";
    case CS_ENV_ADDRESS: return "a numeric address such as 127.0.0.1";
    case CS_ENV_ENDPOINT: return "a numeric IPv4 address and a port, such as 127.0.0.1:9100";
    case CS_ENV_URL:
        snprintf(out, size, "an address scheme://host[:port][/path]; schemes: %s", t->format);
        return out;
    case CS_ENV_FOLDER:
        if (!t->format)
            return "a folder that can be read";
        snprintf(out, size, "a folder with a readable file %s", t->format);
        return out;
    case CS_ENV_WRITABLE: return "a folder in which files can be made";
    case CS_ENV_OUTPUT: return "a file in a folder in which files can be made";
    case CS_ENV_LIST: snprintf(out, size, "a list, with commas, of %s", t->format); return out;
    case CS_ENV_FILE: return "a file that can be read";
    case CS_ENV_TEXT:
    case CS_ENV_SECRET: break;
    }
    return NULL;
}
