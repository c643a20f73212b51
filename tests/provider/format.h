#pragma once
/* format: how vectors are asked for and answered, by the OpenAI format and those of Gemini, Ollama and Cohere. */
#include <jansson.h>

struct format {
    const char *name, *size;        /* size: the field with the number of dimensions */
    json_t *(*texts)(json_t *body); /* a list that the caller releases */
    json_t *(*answer)(const char *model, json_t *vectors, int tokens);
};

const struct format *format_of(const char *name); /* it must exist */
