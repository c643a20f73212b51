#pragma once
/*
 * openai: the OpenAI-compatible API, as rows of routes.c name it. Bots are models; nothing is remembered between calls.
 */
struct request;

void openai_chat(struct request *r);
void openai_models(struct request *r);
void openai_get_model(struct request *r);
void openai_embeddings(struct request *r);
