#pragma once
/*
 * schema: message descriptor -> JSON Schema (OpenAPI 3.1 dialect), with comments, limits, formats
 * and enum words from the contract table. References go to #/components/schemas/<Message>.
 */
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* Adds the schema of desc, and of every message it uses, to the object `schemas` by short name. */
void pbjson_schema_add(json_t *schemas, const ProtobufCMessageDescriptor *desc);

/* Lists the fields of a response as required that it always holds: `always`, nullable and repeated
 * ones. */
void pbjson_schema_require_present(json_t *schema, const ProtobufCMessageDescriptor *desc);

/* A new {"$ref": "#/components/schemas/<Message>"}. */
json_t *pbjson_schema_ref(const ProtobufCMessageDescriptor *desc);

/* A new schema of one field (for path and query parameters). */
json_t *pbjson_schema_field(const ProtobufCMessageDescriptor *desc, const char *field);
