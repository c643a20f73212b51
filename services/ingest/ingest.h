#pragma once
/*
 * ingest: documents from upload to ready. The table in main.c names what the files beside it give.
 *
 *   upload.c     create, parts, complete
 *   archive.c    an uploaded archive becomes its files
 *   resumable.c  uploads in parts, of a new document or a new version of one
 *   content.c    the original file back
 *   preview.c    passages of a text or a document, not stored
 *   document.c   get, list, cancel, retry, and the row as message and event
 *   update.c     name, tags and metadata, here and in retrieve
 *   work.c       the job: claim, extract, chunk, hand to retrieve, embed, commit
 *   reembed.c    vectors of another model, and the switch to them
 *   erase.c      delete, the erase job, what happens when a bot is erased
 *   reconcile.c  the ticker that finds what was left lying
 *   watch.c      progress as frames
 *   fetch/       sources: web pages and sites whose pages are documents (fetch/crawl.h)
 */
#include "bus/job.h"
#include "bus/service.h"
#include "chatsphere/v1/names.h"
#include "ingest/store.h"

enum {
    INGEST_MAX_PARTS = 70,
    INGEST_TRIES = 5,
    INGEST_WORKERS = 6, /* half of them embed at most */
};

/* ---- jobs, tickers, reactions ---- */
int work_run(struct cs_call *call, const Ticket *ticket);
/* The bytes of a stored document into an empty file of extract_file(). */
int work_load(struct cs_call *call, const struct document *d, int file);
void work_leave(void); /* the process stops: documents under way are handed back */
int reembed_run(struct cs_call *call, const Ticket *ticket);
int reembed_bots(struct cs_call *call, const struct cs_happened *events, size_t n);
int update_run(struct cs_call *call, const Ticket *ticket);
DocumentDetails *update_details(struct cs_call *call, const struct document *d); /* borrows */
int erase_run(struct cs_call *call, const Ticket *ticket);
int erase_document(struct cs_call *call, const char *bot,
                   const char *id); /* commits; 404 when gone */
/* In the open transaction; its ticket lets retrieve forget it. STORE_NONE: it is gone. */
int erase_begun(struct cs_call *call, const char *bot, const char *id);
/* Up to 100 documents of a source; commits. STORE_NONE: there is none. */
int erase_of_site(struct cs_call *call, const char *bot, const char *id);
int erase_bot(struct cs_call *call, const char *bot, const char *id);
/* Into the open transaction: retrieve forgets the chunks of a document that failed or is cancelled. */
void erase_leftovers(struct cs_call *call, const struct document *d);
void reconcile_tick(struct cs_call *call);
/* Reaction to a resumption: the documents of the workspace go on. */
int reconcile_resume(struct cs_call *call, const char *bot, const char *id);
bool reconcile_under_way(void); /* whether documents were worked on here in the last minute */
void reconcile_touch(void);     /* one is */
void watch_tick(struct cs_call *call);
bool watch_under_way(void);
void watch_leave(void);

/* ---- upload.c ---- */
/* What a client says of a file; name may be "", the others absent. */
int upload_check(struct cs_call *call, const char *name, const char *mime, const char *sha256,
                 int64_t bytes);
/* A file that is whole against what was announced (0, "": nothing). */
int upload_check_whole(struct cs_call *call, int64_t announced, const char *announced_sha256,
                       int64_t bytes, const char *sha256);
/* What the plan of the caller's workspace allows. */
int upload_quota(struct cs_call *call, struct quota *ret);
/* The problem of STORE_FULL; r itself for all others. */
int upload_quota_fail(struct cs_call *call, const struct quota *quota, int r);

/* ---- document.c ---- */
void document_show(struct cs_call *call, const struct document *d, Document *ret); /* borrows */
bool document_rests(const struct document *d); /* ready, failed or cancelled */
/* As it is now, or the 404. */
int document_now(struct cs_call *call, const char *bot, const char *id, Document *ret);
int document_none(struct cs_call *call); /* the one 404 */
/* Into the open transaction: a ticket of this verb; document.<event>, with the names of fields that changed. */
void document_ticket(struct cs_call *call, const char *verb, const char *bot, const char *id,
                     int64_t version);
void document_event(struct cs_call *call, const struct document *d, const char *event,
                    char **changed, size_t n_changed);
/* Into the open transaction: a repeat with the same Idempotency-Key is answered by this document. */
void upload_keep(struct cs_call *call, const char *bot, const char *id, bool again);
