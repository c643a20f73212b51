/* Answers in one piece, copied into the request's pool. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zlib.h>

void reply_text(h2o_req_t *req, int status, const char *type, const char *text, size_t len)
{
    h2o_iovec_t body = h2o_strdup(&req->pool, text, len);
    static h2o_generator_t none;

    req->res.status = status;
    req->res.reason = "-";
    req->res.content_length = len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
    h2o_start_response(req, &none);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

void reply_json(h2o_req_t *req, int status, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    reply_text(req, status, "application/json", text, strlen(text));
    free(text);
    json_decref(value);
}

void reply_gzip(h2o_req_t *req, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    z_stream z = {.next_in = (unsigned char *)text, .avail_in = (unsigned)strlen(text)};

    deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    size_t room = deflateBound(&z, z.avail_in);
    unsigned char *out = h2o_mem_alloc_pool(&req->pool, room);
    z.next_out = out;
    z.avail_out = (unsigned)room;
    deflate(&z, Z_FINISH);
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("content-encoding"), 0, NULL,
                          H2O_STRLIT("gzip"));
    reply_text(req, 200, "application/json", (char *)out, z.total_out);
    deflateEnd(&z);
    free(text);
    json_decref(value);
}

void reply_hang_up(h2o_req_t *req)
{
    struct st_h2o_conn_t *conn = req->conn;

    shutdown(h2o_socket_get_fd(conn->callbacks->get_socket(conn)), SHUT_RDWR);
}
