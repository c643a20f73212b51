#pragma once
/* Id: UUIDv7 (RFC 9562 §5.7) and random bytes; thread-safe. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CS_ID_SIZE = 37 }; /* 36 characters and the terminator */

void cs_random(void *p, size_t n);    /* getrandom(2); aborts if the kernel has none */
void cs_id_new(char out[CS_ID_SIZE]); /* lower-case, grows with time */
bool cs_id_valid(const char *s);      /* 8-4-4-4-12 hex digits, either case; NULL is none */
int64_t cs_id_ms(const char *s);      /* when a valid id of cs_id_new() was made, unix ms */
