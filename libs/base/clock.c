/* The two clocks, and RFC 3339 read and written without the C library's time zones. */
#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LAST_MS 253402300799999LL /* 9999-12-31T23:59:59.999Z: what the format can say */

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

/* Whether s begins with digits where shape has 0 and with shape's own characters elsewhere. */
static bool has_shape(const char *s, const char *shape)
{
    for (; *shape; s++, shape++)
        if (*shape == '0' ? !isdigit((unsigned char)*s) : *s != *shape)
            return false;
    return true;
}

/* Fraction and offset behind the seconds; false if malformed. */
static bool parse_tail(const char *s, int64_t *ret_ms)
{
    int64_t ms = 0;
    int scale = 100, h, m;

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
    if ((*s != '+' && *s != '-') || !has_shape(s + 1, "00:00") || s[6] ||
        sscanf(s + 1, "%2d:%2d", &h, &m) != 2 || h > 23 || m > 59)
        return false;
    *ret_ms = ms - (*s == '+' ? 1 : -1) * (h * 60 + m) * 60000LL;
    return true;
}

/* Midnight of a day that the calendar has; false for 30 February. */
static bool parse_day(const char *s, time_t *ret)
{
    struct tm tm = {0};

    if (!has_shape(s, "0000-00-00") ||
        sscanf(s, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3 || tm.tm_year < 1970)
        return false;
    int month = tm.tm_mon -= 1, day = tm.tm_mday;
    tm.tm_year -= 1900;
    *ret = timegm(&tm);
    return tm.tm_mon == month && tm.tm_mday == day;
}

bool cs_rfc3339_parse(const char *s, int64_t *ret_unix_ms)
{
    int hour, minute, second;
    int64_t tail;
    time_t day;

    if (!parse_day(s, &day) || !s[10] || !strchr("Tt ", s[10]) || !has_shape(s + 11, "00:00:00") ||
        sscanf(s + 11, "%2d:%2d:%2d", &hour, &minute, &second) != 3 || hour > 23 || minute > 59 ||
        second > 60 || !parse_tail(s + 19, &tail))
        return false;
    *ret_unix_ms = ((int64_t)day + hour * 3600 + minute * 60 + second) * 1000 + tail;
    return *ret_unix_ms >= 0 && *ret_unix_ms <= LAST_MS;
}

void cs_sleep_ms(int64_t ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
        ;
}
