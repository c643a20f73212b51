/* Checks that every method begins with. */
#include "test.h"

#include "base/clock.h"
#include "pbjson/pbjson.h"
#include "chatsphere/v1/retrieve.rpc.h"
#include "retrieve/retrieve.h"

/* what is refused before any table is looked at: there is no data base here */

#define TENANT "00000000-0000-7000-8000-0000000000a0"
#define BOT "00000000-0000-7000-8000-0000000000b0"
#define DOCUMENT "00000000-0000-7000-8000-0000000000d0"

static const struct cs_service service = {.methods = retrieve_methods};

/* the status of the problem that the request gets; *ret_detail in the arena */
static int refused(const char *tenant, const char *method, const ProtobufCMessage *req,
                   const char **ret_detail)
{
    struct cs_call call = {.arena = &arena, .tenant = tenant, .deadline_ms = cs_mono_ms() + 1000};
    size_t in_len, out_len;
    void *in = pbjson_pack(&arena, req, &in_len), *out;

    assert_false(cs_service_dispatch(&service, &call, method, in, in_len, &out, &out_len));
    const Problem *p =
        (const Problem *)pbjson_unpack(&arena, &chatsphere__v1__problem__descriptor, out, out_len);
    assert_non_null(p);
    if (ret_detail)
        *ret_detail = p->n_errors ? p->errors[0]->field : p->detail;
    return p->status;
}

static void expect(const char *method, const ProtobufCMessage *req, int status, const char *detail)
{
    const char *got;

    assert_int_equal(refused(TENANT, method, req, &got), status);
    assert_string_equal(got, detail);
}

static void ids_that_are_none_are_unknown(void **state)
{
    SearchRequest search = SEARCH_REQUEST_INIT;
    ListChunksRequest list = LIST_CHUNKS_REQUEST_INIT;

    (void)state;
    search.query = (char *)"hello";
    search.bot_id = (char *)"x' or 1=1";
    expect("search", &search.base, CS_NOT_FOUND, "The bot does not exist.");
    list.bot_id = (char *)BOT;
    list.document_id = (char *)"../etc";
    expect("list_chunks", &list.base, CS_NOT_FOUND, "The document does not exist.");
    list.document_id = (char *)DOCUMENT;
    list.cursor = (char *)"-1";
    expect("list_chunks", &list.base, CS_INVALID, "cursor");
    list.cursor = (char *)"99999999999999999999";
    expect("list_chunks", &list.base, CS_INVALID, "cursor");
}

static void a_workspace_is_needed(void **state)
{
    SearchRequest search = SEARCH_REQUEST_INIT;

    (void)state;
    search.bot_id = (char *)BOT;
    search.query = (char *)"hello";
    assert_int_equal(refused(NULL, "search", &search.base, NULL), CS_UNAUTHENTICATED);
    assert_int_equal(refused("", "search", &search.base, NULL), CS_UNAUTHENTICATED);
}

static void limits_of_the_contract(void **state)
{
    SearchRequest search = SEARCH_REQUEST_INIT;

    (void)state;
    search.bot_id = (char *)BOT;
    expect("search", &search.base, CS_INVALID, "query");
    search.query = (char *)"hello";
    SearchRequest_set_k(&search, 51);
    expect("search", &search.base, CS_INVALID, "k");
}

static void filters_that_can_be_meant(void **state)
{
    SearchRequest search = SEARCH_REQUEST_INIT;
    SearchFilter filter = SEARCH_FILTER_INIT;
    Json metadata = JSON_INIT;
    char *id = (char *)"x", *tag = (char *)" ";

    (void)state;
    search.bot_id = (char *)BOT;
    search.query = (char *)"hello";
    search.filter = &filter;
    filter.document_ids = &id;
    filter.n_document_ids = 1;
    expect("search", &search.base, CS_INVALID, "filter.document_ids[0]");
    filter.n_document_ids = 0;
    filter.tags = &tag;
    filter.n_tags = 1;
    expect("search", &search.base, CS_INVALID, "filter.tags[0]");
    filter.n_tags = 0;
    filter.metadata = &metadata;
    metadata.text = (char *)"[]";
    expect("search", &search.base, CS_INVALID, "filter.metadata");
    metadata.text = (char *)"{\"a\": null}";
    expect("search", &search.base, CS_INVALID, "filter.metadata.a");
    metadata.text = (char *)"{\"a\": {\"b\": 1}}";
    expect("search", &search.base, CS_INVALID, "filter.metadata.a");
    filter.metadata = NULL;
    SearchFilter_set_from(&filter, 2000);
    SearchFilter_set_to(&filter, 2000);
    expect("search", &search.base, CS_INVALID, "filter.to");
}

static void chunks_in_order(void **state)
{
    PutChunksRequest put = PUT_CHUNKS_REQUEST_INIT;
    Chunk a = CHUNK_INIT, b = CHUNK_INIT, *chunks[] = {&a, &b};

    (void)state;
    put.bot_id = (char *)BOT;
    put.document_id = (char *)DOCUMENT;
    PutChunksRequest_set_version(&put, 1);
    put.chunks = chunks;
    put.n_chunks = 2;
    Chunk_set_chunk(&a, 3);
    Chunk_set_chunk(&b, 3);
    expect("put_chunks", &put.base, CS_INVALID, "chunks");
    a.chunk = -1;
    expect("put_chunks", &put.base, CS_INVALID, "chunks");
    a.chunk = 0;
    b.text = memset(cs_alloc(&arena, RETRIEVE_MAX_BODY + 2), 'x', RETRIEVE_MAX_BODY + 1);
    expect("put_chunks", &put.base, CS_INVALID, "chunks");
    put.version = -1;
    expect("put_chunks", &put.base, CS_INVALID, "version");
}

static void vectors_that_fit(void **state)
{
    PutVectorsRequest put = PUT_VECTORS_REQUEST_INIT;
    uint16_t halves[] = {0x3c00, 0, 0x7c00, 0};

    (void)state;
    put.bot_id = (char *)BOT;
    put.document_id = (char *)DOCUMENT;
    PutVectorsRequest_set_version(&put, 0);
    PutVectorsRequest_set_first(&put, 0);
    PutVectorsRequest_set_count(&put, 2);
    PutVectorsRequest_set_dimensions(&put, 2);
    put.space = (char *)"p/m/2";
    PutVectorsRequest_set_vectors(&put, halves, sizeof(halves) - 1);
    expect("put_vectors", &put.base, CS_INVALID, "vectors");
    put.vectors.len = sizeof(halves); /* the right length, but one is infinite */
    expect("put_vectors", &put.base, CS_INVALID, "vectors");
    put.space = (char *)"";
    expect("put_vectors", &put.base, CS_INVALID, "space");
    put.count = INT32_MAX;
    expect("put_vectors", &put.base, CS_INVALID, "count");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_are_none_are_unknown),
        cmocka_unit_test(a_workspace_is_needed),
        cmocka_unit_test(limits_of_the_contract),
        cmocka_unit_test(filters_that_can_be_meant),
        cmocka_unit_test(chunks_in_order),
        cmocka_unit_test(vectors_that_fit),
    };

    return test_run(tests);
}
