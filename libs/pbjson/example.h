#pragma once
/*
 * example: message descriptor -> an example of its JSON, for the OpenAPI document.
 *
 * It is composed of the examples that options.proto lets a field have. Ids, times and enum words of
 * mandatory fields need none. A field without any of these is left out.
 */
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

enum pbjson_use { PBJSON_REQUEST, PBJSON_RESPONSE };

/* A new object. A response shows every repeated and every nullable field. */
json_t *pbjson_example(const ProtobufCMessageDescriptor *desc, enum pbjson_use use);

/* A new value: the example of one field as a parameter, or NULL when it has none. */
json_t *pbjson_example_field(const ProtobufCMessageDescriptor *desc, const char *field);
