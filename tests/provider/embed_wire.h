#pragma once
/* embed_wire: how vectors are asked for and answered, by the OpenAI format and those of Gemini, Ollama and Cohere. */
#include <jansson.h>

struct embed_wire {
    const char *size;               /* the field with the number of dimensions */
    json_t *(*texts)(json_t *body); /* a list that the caller releases */
    json_t *(*answer)(const char *model, json_t *vectors, int tokens);
};

extern const struct embed_wire embed_openai, embed_gemini, embed_ollama, embed_cohere;
