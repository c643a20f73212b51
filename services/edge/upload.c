/* Files are sent one after the other, each in parts that overlap. */
#include "edge/upload.h"

#include "edge/ask.h"
#include "edge/multipart.h"
#include "edge/transcode.h"

#include "base/utf8.h"
#include "crypto/crypto.h"
#include "nats/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    JSON_MAX = 4 * 1024 * 1024,
    FILES_MAX = 20,
    WINDOW = 4,
    SLICE = 512 * 1024,
};

struct file {
    const char *name, *mime, *data;
    size_t len;
    Document *document;
    const char *id;     /* that its parts are sent to */
    char *duplicate_of; /* NULL: the document is new */
};

/* one part under way; its bytes are on the heap, since all of them together may be large */
struct part {
    struct upload *upload;
    struct bridge_call call;
    void *packed;
};

struct upload {
    struct list link; /* in edge.hashing */
    struct request *r;
    const char *bot_id, *document_id; /* of a document that gets a new version */
    bool replaces;                    /* document_id gets a new version */
    struct file files[FILES_MAX];
    int n_files, at;
    struct cs_sha256_state sha;
    size_t hashed, sent;
    int in_flight;
    bool over;
    bool fetched; /* ingest has to fetch it: the request goes on as it is */
    struct bridge_call call;
    struct part parts[WINDOW];
};

static void upload_next_file(struct upload *u);

static void upload_stop(struct request *r)
{
    struct upload *u = r->work;
    struct bridge *b = r->edge->bridge;

    if (u->over)
        return;
    u->over = true;
    list_remove(&u->link);
    bridge_cancel(b, &u->call, true);
    for (int i = 0; i < WINDOW; i++) {
        bridge_cancel(b, &u->parts[i].call, false);
        free(u->parts[i].packed);
        u->parts[i].packed = NULL;
    }
}

static void upload_fail(struct upload *u, const struct bridge_reply *reply)
{
    struct request *r = u->r;
    struct cs_arena *a = r->http->arena;
    Problem *p = problem_of_reply(a, reply);

    if (u->n_files > 1)
        p->detail = cs_printf(a, "%s: %s%s", u->files[u->at].name,
                              p->detail ? p->detail : cs_error_title(p->status),
                              u->at ? " The files before it were accepted." : "");
    upload_stop(r);
    answer_problem(r, p);
}

static void upload_answer(struct upload *u)
{
    struct request *r = u->r;
    json_t *json = json_object(), *items = json_array();
    int status = 200;

    bool single = u->n_files == 1 && u->files[0].document->n_members == 0;

    for (int i = 0; i < u->n_files; i++) {
        Document *d = u->files[i].document, **of = d->n_members ? d->members : &d;
        for (size_t k = 0; k < (d->n_members ? d->n_members : 1); k++) {
            if (!of[k]->duplicate_of)
                status = r->route->status;
            of[k]->n_members = 0;
            json_array_append_new(items, pbjson_write(&of[k]->base));
        }
    }
    if (single)
        json_object_set(json, "document", json_array_get(items, 0));
    else
        json_object_set(json, "items", items);
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy = cs_strdup(r->http->arena, text ? text : "{}");
    free(text);
    json_decref(items);
    json_decref(json);
    upload_stop(r);
    answer_body(r, status, "application/json", copy, strlen(copy));
}

/* ---- the end of a file ---- */

/* The document in the reply to the end of a file; NULL: there is none. */
static Document *document_of_end(const struct upload *u, const struct bridge_reply *reply)
{
    struct cs_arena *a = u->r->http->arena;
    const struct cs_rpc *rpc = u->replaces ? RPC_INGEST_FINISH_UPLOAD : RPC_INGEST_COMPLETE_UPLOAD;
    ProtobufCMessage *msg = pbjson_unpack(a, rpc->output, reply->data, reply->len);

    return msg && u->replaces ? ((UploadResult *)msg)->document : (Document *)msg;
}

static void on_upload_completed(void *user, const struct bridge_reply *reply)
{
    struct upload *u = user;
    struct file *f = &u->files[u->at];

    if (reply->status) {
        upload_fail(u, reply);
        return;
    }
    f->document = document_of_end(u, reply);
    if (!f->document) {
        upload_fail(u, &(struct bridge_reply){.status = CS_UPSTREAM});
        return;
    }
    if (u->replaces)
        f->duplicate_of = f->document->duplicate_of;
    f->document->duplicate_of = f->duplicate_of;
    u->at++;
    upload_next_file(u);
}

static void upload_complete(struct upload *u)
{
    const struct file *f = &u->files[u->at];
    CompleteUploadRequest whole = COMPLETE_UPLOAD_REQUEST_INIT;
    UploadRequest finish = UPLOAD_REQUEST_INIT;

    u->call = (struct bridge_call){.done = on_upload_completed, .user = u};
    finish.bot_id = (char *)(uintptr_t)u->bot_id;
    finish.upload_id = whole.document_id = (char *)(uintptr_t)f->id;
    if (u->replaces)
        ask_service(u->r, &u->call, RPC_INGEST_FINISH_UPLOAD, &finish.base);
    else
        ask_service(u->r, &u->call, RPC_INGEST_COMPLETE_UPLOAD, &whole.base);
}

/* ---- the parts ---- */

static void upload_send_parts(struct upload *u);

static void on_part_put(void *user, const struct bridge_reply *reply)
{
    struct part *p = user;
    struct upload *u = p->upload;

    free(p->packed);
    p->packed = NULL;
    u->in_flight--;
    if (reply->status)
        upload_fail(u, reply);
    else
        upload_send_parts(u);
}

static void part_pack(struct part *p, const struct cs_rpc *rpc, const ProtobufCMessage *req)
{
    p->call = (struct bridge_call){.rpc = rpc, .done = on_part_put, .user = p};
    p->call.len = protobuf_c_message_get_packed_size(req);
    p->packed = malloc(p->call.len);
    if (!p->packed)
        abort();
    protobuf_c_message_pack(req, p->packed);
    p->call.data = p->packed;
}

static void upload_send_part(struct upload *u, struct part *p)
{
    const struct file *f = &u->files[u->at];
    size_t left = f->len - u->sent, n = left < CS_MAX_PART ? left : CS_MAX_PART;
    int32_t number = (int32_t)(u->sent / CS_MAX_PART);

    p->upload = u;
    if (u->replaces) {
        PutUploadPartRequest req = PUT_UPLOAD_PART_REQUEST_INIT;
        req.bot_id = (char *)(uintptr_t)u->bot_id;
        req.upload_id = (char *)(uintptr_t)f->id;
        PutUploadPartRequest_set_part(&req, number);
        PutUploadPartRequest_set_data(&req, f->data + u->sent, n);
        part_pack(p, RPC_INGEST_PUT_UPLOAD_PART, &req.base);
    } else {
        PutPartRequest req = PUT_PART_REQUEST_INIT;
        req.document_id = (char *)(uintptr_t)f->id;
        PutPartRequest_set_part(&req, number);
        PutPartRequest_set_data(&req, f->data + u->sent, n);
        part_pack(p, RPC_INGEST_PUT_PART, &req.base);
    }
    u->sent += n;
    u->in_flight++;
    ask_send(u->r, &p->call);
}

static void upload_send_parts(struct upload *u)
{
    size_t len = u->files[u->at].len;

    for (int i = 0; i < WINDOW && !u->over && u->sent < len; i++)
        if (!u->parts[i].packed)
            upload_send_part(u, &u->parts[i]);
    if (!u->over && u->sent == len && u->in_flight == 0)
        upload_complete(u);
}

/* ---- the beginning of a file ---- */

static void on_document_created(void *user, const struct bridge_reply *reply)
{
    struct upload *u = user;
    struct file *f = &u->files[u->at];

    if (reply->status) {
        upload_fail(u, reply);
        return;
    }
    f->document = (Document *)pbjson_unpack(u->r->http->arena, RPC_INGEST_CREATE_DOCUMENT->output,
                                            reply->data, reply->len);
    if (!f->document || !f->document->id) {
        upload_fail(u, &(struct bridge_reply){.status = CS_UPSTREAM});
        return;
    }
    f->duplicate_of = f->document->duplicate_of;
    f->id = u->replaces ? f->document->upload_id : f->document->id;
    const char *stage = f->document->stage;
    if (!u->replaces && stage &&
        strcmp(stage, "uploading") != 0) { /* a repeat, whose bytes are all there */
        u->at++;
        upload_next_file(u);
        return;
    }
    u->sent = 0;
    upload_send_parts(u);
}

/* one key of the client stands for several documents; each gets its own */
static const char *file_key(const struct upload *u)
{
    const char *key = u->r->idempotency_key;

    return key && u->at ? cs_printf(u->r->http->arena, "%s/%d", key, u->at) : key;
}

static void upload_create(struct upload *u)
{
    struct cs_arena *a = u->r->http->arena;
    const struct file *f = &u->files[u->at];
    char sha[CS_SHA256_HEX];

    cs_sha256_end(&u->sha, sha);
    u->call = (struct bridge_call){
        .done = on_document_created, .user = u, .idempotency_key = file_key(u)};
    if (u->fetched) {
        ask_service(u->r, &u->call, RPC_INGEST_CREATE_DOCUMENT, u->r->msg);
    } else if (u->replaces) {
        ReplaceContentRequest req = REPLACE_CONTENT_REQUEST_INIT;
        req.bot_id = cs_strdup(a, u->bot_id);
        req.document_id = cs_strdup(a, u->document_id);
        req.name = cs_strdup(a, f->name);
        req.mime = cs_strdup(a, f->mime);
        req.sha256 = sha;
        ReplaceContentRequest_set_bytes(&req, (int64_t)f->len);
        ask_service(u->r, &u->call, RPC_INGEST_REPLACE_CONTENT, &req.base);
    } else {
        CreateDocumentRequest req = CREATE_DOCUMENT_REQUEST_INIT;
        req.bot_id = cs_strdup(a, u->bot_id);
        req.name = cs_strdup(a, f->name);
        req.mime = cs_strdup(a, f->mime);
        req.sha256 = sha;
        CreateDocumentRequest_set_bytes(&req, (int64_t)f->len);
        ask_service(u->r, &u->call, RPC_INGEST_CREATE_DOCUMENT, &req.base);
    }
}

static void upload_next_file(struct upload *u)
{
    if (u->at == u->n_files) {
        upload_answer(u);
        return;
    }
    u->hashed = 0;
    cs_sha256_begin(&u->sha);
    list_add(&u->r->edge->hashing, &u->link);
}

bool upload_turn(struct edge *e)
{
    if (list_empty(&e->hashing))
        return false;
    struct upload *u = LIST_OF(e->hashing.next, struct upload, link);
    const struct file *f = &u->files[u->at];
    size_t left = f->len - u->hashed, n = left < SLICE ? left : SLICE;

    cs_sha256_update(&u->sha, f->data + u->hashed, n);
    u->hashed += n;
    list_remove(&u->link);
    if (u->hashed < f->len)
        list_add(&e->hashing, &u->link); /* the others first */
    else
        upload_create(u);
    return !list_empty(&e->hashing);
}

/* ---- what was sent ---- */

static bool upload_add_file(struct upload *u, const char *name, const char *mime, const char *data,
                            size_t len)
{
    struct request *r = u->r;

    if (u->n_files == FILES_MAX) {
        answer_error(r, CS_INVALID, "A form may have at most 20 files.");
        return false;
    }
    if (len > CS_MAX_FILE) {
        answer_error(r, CS_TOO_LARGE, "A file may have at most " CS_MAX_FILE_TEXT ".");
        return false;
    }
    u->files[u->n_files++] = (struct file){.name = name, .mime = mime, .data = data, .len = len};
    return true;
}

static bool upload_refuse_field(struct request *r, const char *field, const char *message)
{
    struct pbjson_errors errors = {.n = 0};

    pbjson_error(&errors, field, message);
    answer_fields(r, &errors);
    return false;
}

static bool upload_take_part(struct upload *u, const struct multipart_part *p, const char **name)
{
    struct cs_arena *a = u->r->http->arena;
    const char *octets = "application/octet-stream";

    if (strcmp(p->name, "file") == 0 && p->filename && *p->filename)
        return upload_add_file(
            u, p->filename,
            p->type && strncasecmp(p->type, octets, strlen(octets)) != 0 ? p->type : NULL, p->data,
            p->len);
    if (strcmp(p->name, "file") == 0)
        return upload_refuse_field(u->r, "file", "The value must be a file with a name.");
    if (strcmp(p->name, "name") == 0) {
        if (cs_utf8_check(p->data, p->len) < p->len || memchr(p->data, 0, p->len))
            return upload_refuse_field(u->r, "name", "The value must be UTF-8 text.");
        if (cs_utf8_blank(p->data, p->len) ||
            cs_utf8_count(p->data, p->len) > MULTIPART_NAME_CHARACTERS)
            return upload_refuse_field(u->r, "name",
                                       "The value must have 1 to 255 characters and not be blank.");
        *name = cs_strndup(a, p->data, p->len);
        return true;
    }
    return upload_refuse_field(u->r, p->name,
                               "The form has no field of this name. Its fields are file and name.");
}

static bool upload_read_form(struct upload *u, const char *type)
{
    struct http_request *http = u->r->http;
    struct multipart_part *parts = CS_NEW(http->arena, struct multipart_part, MULTIPART_PARTS);
    const char *error = NULL, *name = NULL;
    int n = multipart_parse(http->arena, type, http->body, http->body_len, parts, &error);

    if (n < 0) {
        answer_error(u->r, CS_INVALID, error);
        return false;
    }
    for (int i = 0; i < n; i++)
        if (!upload_take_part(u, &parts[i], &name))
            return false;
    if (u->n_files == 0)
        return upload_refuse_field(u->r, "file", "The field is required.");
    if (u->n_files > 1 && u->replaces)
        return upload_refuse_field(u->r, "file", "A new version is a single file.");
    if (name && u->n_files > 1)
        return upload_refuse_field(u->r, "name", "The field is allowed for a single file only.");
    if (name)
        u->files[0].name = name;
    return true;
}

/* A page that ingest fetches by itself: a file whose bytes are not here. */
static bool upload_read_url(struct upload *u, const CreateDocumentRequest *req)
{
    if (req->text)
        return upload_refuse_field(u->r, "text", "The field is not allowed beside a URL.");
    if (req->name)
        return upload_refuse_field(
            u->r, "name", "The field is not allowed beside a URL: a page has its own title.");
    u->fetched = true;
    return upload_add_file(u, req->url, NULL, NULL, 0);
}

static bool upload_read_json(struct upload *u)
{
    struct request *r = u->r;
    struct pbjson_errors errors = {.n = 0};

    if (r->http->body_len > JSON_MAX) {
        answer_error(r, CS_TOO_LARGE,
                     "A JSON body may have at most 4 MiB. Upload a larger text as a file.");
        return false;
    }
    json_t *body = pbjson_parse(r->http->arena, r->http->body, r->http->body_len, &errors);
    if (!body || !json_is_object(body)) {
        json_decref(body);
        if (errors.n == 0)
            pbjson_error(&errors, "", "The body must be a JSON object.");
        answer_fields(r, &errors);
        return false;
    }
    if (!transcode_object(r, body))
        return false;
    const CreateDocumentRequest *new = (const CreateDocumentRequest *)r->msg;
    const char *text = u->replaces ? ((const ReplaceContentRequest *)r->msg)->text : new->text;
    if (!u->replaces && new->url)
        return upload_read_url(u, new);
    if (!text)
        return upload_refuse_field(r, "text", "The field is required.");
    if (cs_utf8_blank(text, strlen(text)))
        return upload_refuse_field(r, "text", "The value must not be blank.");
    if (!u->replaces && !new->name)
        return upload_refuse_field(r, "name", "The field is required.");
    if (!u->replaces && !*new->name)
        return upload_refuse_field(r, "name", "The value must not be empty.");
    return upload_add_file(u, u->replaces ? NULL : new->name, NULL, text, strlen(text));
}

static bool upload_read_body(struct upload *u)
{
    struct request *r = u->r;
    const char *type = http_header(r->http, "content-type");

    if (type && strncasecmp(type, "application/json", 16) == 0)
        return upload_read_json(u);
    if (type && strncasecmp(type, "multipart/form-data", 19) == 0)
        return transcode_object(r, NULL) && upload_read_form(u, type);
    answer_error(r, CS_MEDIA, "The body must be multipart/form-data or application/json.");
    return false;
}

void upload_begin(struct request *r)
{
    struct upload *u = CS_NEW(r->http->arena, struct upload, 1);

    u->r = r;
    u->replaces = r->route->rpc == RPC_INGEST_REPLACE_CONTENT;
    list_init(&u->link);
    if (!upload_read_body(u))
        return;
    u->bot_id = u->replaces ? ((ReplaceContentRequest *)r->msg)->bot_id
                            : ((CreateDocumentRequest *)r->msg)->bot_id;
    u->document_id = u->replaces ? ((ReplaceContentRequest *)r->msg)->document_id : NULL;
    r->work = u;
    r->abandon = upload_stop;
    upload_next_file(u);
}
