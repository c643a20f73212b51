#pragma once
/* tls: whether a connection to PostgreSQL is encrypted. Any thread. */
#include <stdbool.h>

/*
 * False with a message on standard error that repeats no secret: it may be plain text to another machine, see
 * base/plaintext.h. Encrypted for sure are the values require, verify-ca and verify-full of sslmode; of these only
 * verify-full proves which server it is. Without a host in the URL the variables of libpq are respected.
 */
bool cs_pg_plaintext_check(const char *url);
