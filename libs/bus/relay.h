#pragma once
/*
 * relay: publishes what stands in the schema's outbox, in order; a thread of its own. Internal.
 *
 * The lock is taken for one transaction at a time, around peek, publish and done: whichever
 * process is woken first does the work at once, and a lost connection cannot keep two publishing.
 * A message published twice after a crash has the same Nats-Msg-Id, so the stream keeps one.
 */
void cs_relay_start(void);
void cs_relay_stop(void); /* after a last round */
