#pragma once
/* body: what a message of the event or job stream says, as JSON, by its subject. */
#include <jansson.h>
#include <stddef.h>

/* A new reference; null when this program does not know the kind or cannot read the body. */
json_t *cli_body(const char *subject, const void *data, size_t len);
/* New: the bytes as text in base64url. */
json_t *cli_body_base64(const void *data, size_t len);
