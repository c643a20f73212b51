#pragma once
/*
 * keyfile: the files that hold several keys of one kind, one of which makes what is new.
 *
 * A line is "[<name> ]<base64url of 32 bytes>[ <used from>]", where "used from" is the time in unix
 * seconds at which the key comes into use; without it the key always was. Until that time it opens and
 * verifies only, so that every process knows it before the first one uses it. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CS_KEY_BYTES = 32, CS_KEY_NAME = 32, CS_KEYS_MAX = 4 /* of one name in a file */ };

struct cs_key_line {
    char name[CS_KEY_NAME]; /* "" when the lines have none */
    unsigned char bytes[CS_KEY_BYTES];
    int64_t from_s; /* 0: always */
};

/* The next line of *text that is not empty, and its length; NULL at the end. *text moves on. */
const char *cs_key_line_next(const char **text, size_t *ret_len);
bool cs_key_line_parse(const char *line, size_t len, bool named, struct cs_key_line *ret);
/* Decimal digits up to the end of the n bytes. */
bool cs_key_from_parse(const char *s, size_t n, int64_t *ret_s);

/*
 * Whether a key that is used from from_s on is to be preferred to one of than_s: of the keys in use the
 * newest makes what is new; where none is in use yet, the one that will be first. Of two equal ones the
 * later one in the file.
 */
bool cs_key_preferred(int64_t from_s, int64_t than_s, int64_t now_s);
