#pragma once
/*
 * streams: the JetStream streams and consumers that the platform lives on.
 *
 * Made by `chatsphere migrate`; services only bind. The consumers follow the topology: one per
 * service with jobs, one per reaction. What exists is brought up to date. The one exception is
 * CHATSPHERE_TURNS: it lives in the broker's memory, so a broker that was restarted has forgotten
 * it, and chat, who writes and reads it, makes it again (cs_frames_capture() in bus/replay.h).
 */

/*
 * Uses the settings NATS_URL, NATS_CREDS and NATS_CA, and waits a minute for a broker that is still
 * starting. 0, or -1 with a message on standard error.
 */
int cs_streams_make(void);
