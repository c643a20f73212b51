#pragma once
/* local: what the edge answers by itself, as rows of routes.c name it. */
struct request;

void openapi_get(struct request *r);
void status_get(struct request *r);
void static_home(struct request *r);
void static_docs(struct request *r);
void static_redoc(struct request *r);
void static_docs_file(struct request *r);
