#pragma once
/* local: what the edge answers by itself, as rows of routes.c name it. */
struct request;

void openapi_get(struct request *r);
void status_get(struct request *r);
void mcp_post(struct request *r); /* POST /mcp */
void static_docs(struct request *r);
void static_redoc(struct request *r);
void static_docs_file(struct request *r);
void site_home(struct request *r);     /* / */
void site_file(struct request *r);     /* a file of the root, as its path says */
void site_asset(struct request *r);    /* /assets/{file} */
void site_widget(struct request *r);   /* /widget.js and /widget/{file} */
void site_chat(struct request *r);     /* /chat/{bot_id} */
void site_fallback(struct request *r); /* the dashboard at any path that is nothing else */
void contract_asyncapi(struct request *r);
void contract_page(struct request *r);
void contract_proto(struct request *r);
void contract_archive(struct request *r);
