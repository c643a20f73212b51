#pragma once
/*
 * wire: names on the bus that edge and services share. Subjects are made from the contract table
 * (pbjson/contract.h); these are the headers and the few subjects that are no calls.
 */
#define CS_H_REQUEST_ID "Cs-Request-Id" /* for logs: clients choose it, so it may come twice */
#define CS_H_CANCEL "Cs-Cancel"         /* by which the edge may call it off; never comes twice */
#define CS_H_DEADLINE "Cs-Deadline"     /* unix ms */
#define CS_H_TENANT "Cs-Tenant"         /* workspace id */
#define CS_H_PRINCIPAL "Cs-Principal"   /* user:<id>, key:<id>, visitor:<session>, service:<name> */
#define CS_H_ROLES "Cs-Roles"           /* comma separated: role, scopes, staff */
#define CS_H_SESSION "Cs-Session"       /* id of the session that the caller signed in to */
#define CS_H_AUTH "Cs-Auth"             /* signature over the context, crypto/context.h */
#define CS_H_FRAMES "Cs-Frames"         /* subject for the frames of a streamed answer */
#define CS_H_TURN "Cs-Turn"             /* id the edge gave to the turn of that subject */
#define CS_H_IDEMPOTENCY "Cs-Idempotency-Key"
#define CS_H_TRACEPARENT "traceparent"
#define CS_H_ERROR "Nats-Service-Error"           /* ADR-32 */
#define CS_H_ERROR_CODE "Nats-Service-Error-Code" /* ADR-32: HTTP status */

#define CS_H_RETRY "Cs-Retry"   /* "1" on an error: nothing was begun, so it may be sent again */
#define CS_H_REASON "Cs-Reason" /* dead letters: why, how often tried, where it came from */
#define CS_H_DELIVERIES "Cs-Deliveries"
#define CS_H_SUBJECT "Cs-Subject"
#define CS_H_CONSUMER "Cs-Consumer"
#define CS_H_REPLAY "Cs-Replay" /* on an event: it is for this consumer alone, others ignore it */

#define CS_SUBJECT "chatsphere.v1."
#define CS_AT_SUBJECT "chatsphere.at."         /* + service.instance.method: one process */
#define CS_CTL "chatsphere.ctl."               /* plain fan-out; losing a message is allowed for */
#define CS_CTL_ALIVE "chatsphere.ctl.alive."   /* + service; the payload is an instance */
#define CS_CTL_CANCEL "chatsphere.ctl.cancel." /* + Cs-Cancel */
#define CS_CTL_CACHE "chatsphere.ctl.cache." /* + kind.tenant; the payload is the id that changed */
#define CS_CTL_TURN "chatsphere.ctl.turn."   /* + conversation */
#define CS_TURN_SUBJECT "chatsphere.turn."   /* + <edge>-<loop>.<slot>-<word>.<turn> */

#define CS_MAX_FILE_MIB 32 /* maximum size of a file; a test compares the text of the contract */
#define CS_MIB_TEXT_(n_) #n_ " MiB"
#define CS_MIB_TEXT(n_) CS_MIB_TEXT_(n_)
#define CS_MAX_FILE_TEXT CS_MIB_TEXT(CS_MAX_FILE_MIB)

enum {
    CS_MAX_MESSAGE = 512 * 1024, /* bytes of one message on the bus */
    CS_MAX_FILE = CS_MAX_FILE_MIB * 1024 * 1024,
    CS_MAX_PART = 480 * 1024, /* bytes of one part of a file */
    CS_REQUEST_ID_SIZE = 65,  /* 64 characters and the terminator */
    CS_CANCEL_SIZE = 17,
    CS_CALL_MS = 30 * 1000,
    CS_TURN_MS = 600 * 1000,
};
