#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t cs_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t cs_mono_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t cs_mono_ms(void)
{
    return cs_mono_us() / 1000;
}

void cs_rfc3339(char out[CS_RFC3339_SIZE], int64_t unix_ms)
{
    int64_t ms = unix_ms % 1000;
    time_t t = (time_t)(unix_ms / 1000);
    struct tm tm;
    char day[24];

    if (ms < 0) {
        ms += 1000;
        t--;
    }
    if (!gmtime_r(&t, &tm) || !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
        day[0] = '\0';
    snprintf(out, CS_RFC3339_SIZE, "%s.%03dZ", day, (int)ms);
}

/* Fraction and offset behind the seconds; false if malformed. */
static bool parse_tail(const char *s, int64_t *ret_ms)
{
    int64_t ms = 0;
    int scale = 100, h, m, n = 0;

    if (*s == '.') {
        if (!isdigit((unsigned char)*++s))
            return false;
        for (; isdigit((unsigned char)*s); s++, scale /= 10)
            ms += (*s - '0') * scale;
    }
    if ((*s == 'Z' || *s == 'z') && !s[1]) {
        *ret_ms = ms;
        return true;
    }
    if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 || s[6] ||
        h > 23 || m > 59)
        return false;
    *ret_ms = ms - (*s == '+' ? 1 : -1) * (h * 60 + m) * 60000LL;
    return true;
}

bool cs_rfc3339_parse(const char *s, int64_t *ret_unix_ms)
{
    struct tm tm = {0};
    int64_t tail;
    char sep;
    int n = 0;

    if (sscanf(s, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &sep,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n) != 7 ||
        n != 19 || (sep != 'T' && sep != 't' && sep != ' ') || !parse_tail(s + n, &tail))
        return false;
    if (tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
        tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 ||
        tm.tm_sec > 60)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *ret_unix_ms = (int64_t)timegm(&tm) * 1000 + tail;
    return true;
}

void cs_sleep_ms(int64_t ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
        ;
}
