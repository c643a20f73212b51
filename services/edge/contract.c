/* contract: the contract of events as files, and a page about it for people. */
#include "edge/local.h"

#include "edge/answer.h"
#include "edge/contract_files.h"

#include "base/buf.h"
#include "bus/asyncapi.h"
#include "bus/catalogue.h"
#include "pbjson/contract.h"

#include <string.h>

static void contract_headers(struct request *r)
{
    http_set_header(r->http, "cache-control", "public, max-age=300");
    http_set_header(
        r->http, "content-security-policy",
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'");
}

void contract_asyncapi(struct request *r)
{
    size_t len;
    const char *text = cs_asyncapi_text(r->http->arena, &len);

    contract_headers(r);
    answer_body(r, 200, "application/yaml; charset=utf-8", text, len);
}

void contract_archive(struct request *r)
{
    contract_headers(r);
    answer_body(r, 200, "application/gzip", (const char *)edge_contract_archive.data,
                edge_contract_archive.len);
}

void contract_proto(struct request *r)
{
    const struct route_param *p = r->match.params;
    const char *path = cs_printf(r->http->arena, "%s/%s/%s", p[0].value, p[1].value, p[2].value);

    for (const struct edge_contract_file *f = edge_contract_files; f->path; f++)
        if (strcmp(f->path, path) == 0) {
            contract_headers(r);
            answer_body(r, 200, "text/plain; charset=utf-8", (const char *)f->data, f->len);
            return;
        }
    answer_error(r, CS_NOT_FOUND, "The file does not exist. /api/proto.tar.gz has all files.");
}

/* ---- the page ---- */

static void html_text(struct cs_buf *out, const char *text)
{
    for (const char *p = text; *p; p++)
        switch (*p) {
        case '<': cs_buf_adds(out, "&lt;"); break;
        case '>': cs_buf_adds(out, "&gt;"); break;
        case '&': cs_buf_adds(out, "&amp;"); break;
        default: cs_buf_add(out, p, 1);
        }
}

static void html_fields(struct cs_buf *out, const ProtobufCMessageDescriptor *d)
{
    const struct cs_message_meta *meta = cs_message_meta(d);

    cs_buf_adds(out, "<table><tr><th>field</th><th>meaning</th></tr>\n");
    for (unsigned i = 0; i < d->n_fields; i++) {
        cs_buf_addf(out, "<tr><td><code>%s</code></td><td>", d->fields[i].name);
        html_text(out, meta->fields[i].comment ? meta->fields[i].comment : "");
        cs_buf_adds(out, "</td></tr>\n");
    }
    cs_buf_adds(out, "</table>\n");
}

static void html_row(struct cs_buf *out, const struct cs_catalogue_row *row)
{
    cs_buf_addf(out, "<h2 id=\"%s\">%s</h2>\n<p>", row->aggregate, row->aggregate);
    html_text(out, cs_message_meta(row->body)->comment);
    cs_buf_adds(out, "</p>\n<ul>\n");
    for (const char *const *event = row->events; *event; event++)
        cs_buf_addf(
            out,
            "<li><code>io.chatsphere.%s.%s.v1</code> on "
            "<code>chatsphere.event.v1.&lt;workspace&gt;.&lt;bot or _&gt;.%s.%s</code></li>\n",
            row->aggregate, *event, row->aggregate, *event);
    cs_buf_addf(out, "</ul>\n<p>Body: <code>%s</code></p>\n", row->body->name);
    html_fields(out, row->body);
}

void contract_page(struct request *r)
{
    static const char head[] =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>Events of ChatSphere</title>\n<link rel=\"stylesheet\" "
        "href=\"/api/docs/docs.css\">\n"
        "</head>\n<body>\n<main>\n<h1>Events</h1>\n"
        "<p>Every change of state is an event. They are read as <a href=\"/api/docs\">server-sent "
        "events</a> at <code>GET /api/v1/events</code>, by webhooks, or with a NATS client and an "
        "event subscription. The contract: <a href=\"/api/asyncapi.yaml\">AsyncAPI</a>, <a "
        "href=\"/api/proto.tar.gz\">.proto files</a>, <a "
        "href=\"/api/proto/chatsphere/v1/events.proto\">events.proto</a>.</p>\n";
    const struct cs_catalogue_row *row;
    CS_BUF_AUTO struct cs_buf out = {0};

    cs_buf_adds(&out, head);
    for (size_t i = 0; (row = cs_catalogue_at(i)); i++)
        html_row(&out, row);
    cs_buf_adds(&out, "</main>\n</body>\n</html>\n");
    contract_headers(r);
    answer_body(r, 200, "text/html; charset=utf-8", cs_memdup(r->http->arena, out.data, out.len),
                out.len);
}
