#pragma once
/* Clock: wall time in unix milliseconds (what messages and rows bear) and monotonic time. */
#include <stdbool.h>
#include <stdint.h>

enum { CS_RFC3339_SIZE = 32 };

int64_t cs_now_ms(void);  /* wall clock */
int64_t cs_mono_ms(void); /* never steps; for waits and durations */
int64_t cs_mono_us(void);
void cs_rfc3339(char out[CS_RFC3339_SIZE], int64_t unix_ms); /* 2026-01-02T03:04:05.678Z */
bool cs_rfc3339_parse(const char *s, int64_t *ret_unix_ms);  /* any offset, fraction optional */
void cs_sleep_ms(int64_t ms);
