#pragma once
/*
 * openapi_part: the parts from which openapi.c composes the document. Every function returns a new
 * JSON value; schemas of the messages that a part refers to are added to `schemas`.
 */
#include "edge/routes.h"

#include <jansson.h>

/* {"$ref": "#/components/<kind>/<name>"} */
json_t *openapi_ref(const char *kind, const char *name);
/* {"<media type>": {"schema": ..., "example": ...}}; steals both; example may be NULL. */
json_t *openapi_content(const char *type, json_t *schema, json_t *example);

/* openapi_body.c: parameters and the request body of an operation */
json_t *openapi_parameters(const struct route *r);
json_t *openapi_body(const struct route *r, json_t *schemas);
bool openapi_has_body(const struct route *r);

/* openapi_answer.c: the response of success, the streams and all errors of an operation */
json_t *openapi_answers(const struct route *r, json_t *schemas);
json_t *openapi_shared_answers(void); /* components.responses */

/* openapi_about.c: the head of the document, and what no route has of its own */
json_t *openapi_info(void);
json_t *openapi_tags(void);
const char *openapi_tag(const struct route *r);
json_t *openapi_security_schemes(void);
json_t *openapi_shared_parameters(void);
json_t *openapi_shared_headers(void);
json_t *openapi_problem_schema(void);
