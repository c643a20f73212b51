#pragma once
/*
 * store: the SQL of ingest.
 *
 * A document's row moves by guarded statements only: each names the states it may leave, and the
 * runner's ones the runner's claim too, so whoever lost a claim, or whose document was cancelled or
 * erased, changes nothing and learns it by STORE_NONE. Functions that write leave the transaction
 * open (an event or ticket follows, then store_commit()) unless they say otherwise. They return as
 * bus/store.h says; outcomes are STORE_NONE and, of uploads, STORE_FULL.
 */
#include "bus/page.h"
#include "bus/store.h"
#include "chatsphere/v1/names.h"

/* A row, in the arena of the call. */
struct document {
    const char *tenant, *id, *bot, *name, *mime, *sha256, *status, *stage;
    const char *error, *space; /* NULL: none */
    const char *runner;        /* of the claim; NULL: nobody's */
    char **tags;
    size_t n_tags;
    const char *metadata;   /* JSON object; NULL: none */
    const char *properties; /* JSON object, as the file says; NULL: not read yet */
    char **warnings;        /* of the reading */
    size_t n_warnings;
    const char *searched_sha256; /* of the content that search serves; NULL: none */
    const char *url, *source; /* of a page, and the source it belongs to; NULL: it was uploaded */
    int64_t bytes, version, revision, created_ms, updated_ms;
    int64_t details_version; /* of name, tags and metadata */
    int done, total, chunks, attempts;
    int embed_count; /* chunks of the next request for vectors */
    bool uploaded;   /* all bytes are here */
    bool progressed; /* this try has made vectors */
};

/* ---- upload (store_upload.c) ---- */
/* What a workspace may hold; with STORE_FULL, `full_of_bytes` says which of the two is used up. */
struct quota {
    int64_t documents, bytes;
    bool full_of_bytes;
};
/*
 * Begins. The document of the bot that has this name and these bytes, or is getting them; one that failed or was
 * cancelled is due again, and that is ret_retried. STORE_NONE: there is none, and until the end of the transaction
 * nobody else makes it.
 */
int store_same(struct cs_call *call, const struct document *d, struct document **ret,
               bool *ret_retried);
/* The same in the transaction that is open. */
int store_same_begun(struct cs_call *call, const struct document *d, struct document **ret,
                     bool *ret_retried);
int store_insert_begun(struct cs_call *call, const struct document *d, struct document **ret);
/* In the transaction that has just changed what is held; STORE_FULL, rolled back: with `more` bytes it is too much. */
int store_held(struct cs_call *call, struct quota *quota, int64_t more);
/* In that transaction; commits. STORE_FULL. */
int store_insert(struct cs_call *call, const struct document *d, struct quota *quota,
                 struct document **ret);
/* Commits. STORE_NONE: no such document whose bytes are coming. STORE_FULL: the document is gone. */
int store_put_part(struct cs_call *call, const char *id, int part, const void *data, size_t len,
                   struct quota *quota);
struct upload {
    int parts, last_part;
    int64_t bytes;
    const char *sha256;
};
int store_lock(struct cs_call *call, const char *id, struct document **ret); /* begins */
int store_upload(struct cs_call *call, const char *id, struct upload *ret);
int store_uploaded(struct cs_call *call, const char *id, const struct upload *u,
                   struct document **ret);
/* ---- an archive that becomes its files; all in the open transaction ---- */
int store_upload_empty(struct cs_call *call, const char *id); /* its parts are gone */
int store_upload_remove(struct cs_call *call, const char *id);
/* The upload becomes one of another name, type, size and hash. */
int store_upload_turn(struct cs_call *call, const char *id, const struct document *to,
                      struct document **ret);
int store_part_begun(struct cs_call *call, const char *id, int part, const void *data, size_t len);

struct part {
    const void *data;
    size_t len;
    int parts; /* in all */
};
/* Commits. STORE_NONE: there is no such part, or the document has another content by now. */
int store_part(struct cs_call *call, const struct document *d, int part, struct part *ret);

/* ---- uploads in parts (store_resumable.c) ---- */
/* One that will be a document, or a new version of one. */
struct resumable {
    const char *id, *bot, *name, *mime, *sha256;
    const char *document; /* that gets a new version; NULL: a new document */
    int64_t bytes;        /* announced; 0: not */
    int64_t created_ms;
};
/* Begins. STORE_FULL. An upload for the same document is gone. */
int store_resumable_begin(struct cs_call *call, const struct resumable *u, struct quota *quota,
                          struct resumable *ret);
/* A part comes as one message or two. */
struct piece_of {
    const char *bot, *upload;
    int part, piece, pieces;
    const void *data;
    size_t len;
};
/* Commits. STORE_NONE: no such upload; STORE_FULL. */
int store_put_piece(struct cs_call *call, const struct piece_of *p, struct quota *quota);
struct arrived {
    int part, bytes;
    const char *sha256;
};
/* Commits; with the parts that are there as a whole. */
int store_resumable(struct cs_call *call, const char *bot, const char *id, struct resumable *ret,
                    struct arrived **ret_parts, size_t *ret_n);
int store_resumable_remove(struct cs_call *call, const char *bot, const char *id); /* commits */
int store_resumables_remove(struct cs_call *call, const char *bot);                /* commits */
int store_resumables_expire(struct cs_call *call); /* commits; of any tenant */
struct whole {
    int parts, missing; /* missing -1: none */
    int64_t bytes;
    const char *sha256; /* NULL: no bytes */
};
/* Begins, and locks the upload. */
int store_resumable_end(struct cs_call *call, const char *bot, const char *id,
                        struct resumable *ret, struct whole *ret_whole);
/* In that transaction: locks the document that gets a new version. */
int store_lock_version(struct cs_call *call, const struct resumable *u, const struct whole *w,
                       struct document **ret);
/* In that transaction: its bytes are the file of the document in place of what it had, or go. */
void store_resumable_move(struct cs_call *call, const struct resumable *u, const char *document);
void store_resumable_drop(struct cs_call *call, const struct resumable *u);
/* In that transaction: the document is to be processed anew. STORE_NONE: its own upload is not complete. */
int store_replace(struct cs_call *call, const struct resumable *u, const struct whole *w,
                  struct document **ret);

/* ---- reading; each is a transaction ---- */
int store_get(struct cs_call *call, const char *bot, const char *id, struct document **ret);
/* The documents of a list: q NULL: with any name; sort NULL: the newest first, otherwise as the proto names it. */
struct document_filter {
    const char *bot, *status, *q, *sort;
};
int store_list(struct cs_call *call, const struct document_filter *f, const struct cs_page *page,
               struct document **ret, size_t *ret_n);
int store_document_counts(struct cs_call *call, const char *bot, DocumentCounts *ret);
/* Of the workspace. */
int store_document_count(struct cs_call *call, int64_t *ret_documents, int64_t *ret_bytes);

/* ---- by request ---- */
/*
 * Begins, and locks the row of a document that is to have this name (NULL: keeps its own). STORE_NONE; STORE_TAKEN:
 * another one of the bot has its bytes under that name.
 */
int store_lock_to_name(struct cs_call *call, const char *bot, const char *id, const char *name,
                       struct document **ret);
/* In that transaction: name, tags and metadata of d. */
int store_update(struct cs_call *call, const struct document *d, struct document **ret);
int store_cancel(struct cs_call *call, const char *bot, const char *id, struct document **ret);
int store_retry(struct cs_call *call, const char *bot, const char *id, struct document **ret);
/* The same in the transaction that is open. */
int store_retry_begun(struct cs_call *call, const char *bot, const char *id, struct document **ret);

/* ---- the runner ---- */
/* Any tenant; a document at its vectors only with room, and of no busy one. Commits. */
int store_claim(struct cs_call *call, const char *ticket, bool room, char *const *busy,
                size_t n_busy, struct document **ret);
/* One at its vectors is released after some of them, which costs no try; commits. */
int store_yield(struct cs_call *call, const struct document *d, int64_t wait_ms);
/* The same for one of a workspace that is suspended, none of whose documents is claimed from now on; commits. */
int store_pause(struct cs_call *call, const struct document *d);
/* The workspace call->tenant is served again; its waiting documents are due for a ticket. Commits. */
int store_resume(struct cs_call *call);
/* Paused workspaces, some at a time; commits; any tenant. */
int store_paused(struct cs_call *call, char ***ret_tenants, size_t *ret_n);
/* The document that is embedded next, of any tenant that is not busy; commits. */
int store_next_embedding(struct cs_call *call, char *const *busy, size_t n_busy,
                         struct document **ret);
/* Writes status, stage, done, total, chunks, space and mime of d, and renews the lease; commits. */
int store_step(struct cs_call *call, const struct document *d);
int store_about(struct cs_call *call, const struct document *d); /* properties, warnings; commits */
int store_ready(struct cs_call *call, const struct document *d, struct document **ret);
/* Commits. A try that made vectors is the first one again: a large document has as many tries as it takes. */
int store_release(struct cs_call *call, const struct document *d, const char *error,
                  int64_t wait_ms);
/* The same for one that another process shall go on with at once, as if this try had not been. */
int store_hand_back(struct cs_call *call, const struct document *d); /* commits */
int store_fail(struct cs_call *call, const struct document *d, const char *error,
               struct document **ret);

/* ---- erasing ---- */
/* Moves documents to the erasures: one (id), or up to 100 of a bot (id NULL). */
int store_erase(struct cs_call *call, const char *bot, const char *id, char ***ret_ids,
                size_t *ret_n);
/* The same of one, in the transaction that is open; STORE_NONE leaves that as it is. */
int store_erase_begun(struct cs_call *call, const char *bot, const char *id);
/* Into the open transaction: what the tries of a document that failed or is cancelled left in retrieve. */
void store_note_leftovers(struct cs_call *call, const char *id);

/* what retrieve has to forget: the versions up to this one that are not searched; 0: the document */
struct erasure {
    const char *id, *bot;
    int64_t version;
};
int store_erasure(struct cs_call *call, const char *id, struct erasure *ret); /* commits */
/* Commits; the note stays while a runner may be at work, and when it says more by now. */
int store_erased(struct cs_call *call, const struct erasure *e);

/* ---- reconciling ---- */
struct due {
    const char *what, *tenant, *bot, *id;
    int64_t version;
};
int store_due(struct cs_call *call, struct due **ret, size_t *ret_n); /* commits; any tenant */
int store_fail_dead(struct cs_call *call, const char *id, struct document **ret);
int store_fail_stale(struct cs_call *call, const char *id, struct document **ret);

/* ---- watching ---- */
int store_watched(struct cs_call *call, char *const *tenants, char *const *ids, size_t n,
                  struct document **ret, size_t *ret_n); /* commits; any tenant */
