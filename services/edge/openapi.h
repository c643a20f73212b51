#pragma once
/*
 * openapi: the OpenAPI 3.1 document of the API, made at the start from the route table, the
 * contract's comments and limits, and pbjson's schemas. Nothing of it is written by hand twice.
 */
#include <jansson.h>

json_t *openapi_build(void); /* a new object */
