#pragma once
/* reply: a whole answer of the test provider, sent at once; or the end of the connection in place of one. */
#include <h2o.h>
#include <jansson.h>

void reply_text(h2o_req_t *req, int status, const char *type, const char *text, size_t len);
void reply_json(h2o_req_t *req, int status, json_t *value); /* releases value */
void reply_gzip(h2o_req_t *req, json_t *value);             /* the same, compressed */
/* Ends the connection; h2o still wants an answer, which nobody gets. */
void reply_hang_up(h2o_req_t *req);
