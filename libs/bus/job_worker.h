#pragma once
/* job_worker: the pullers of a service's jobs (bus/job.h), and how a ticket is settled. Internal. */
#include "bus/job.h"

enum { CS_JOB_TRIES = 5 };

enum cs_verdict { CS_JOB_DONE, CS_JOB_AGAIN, CS_JOB_DEAD };

/* r and status are what the handler left; delivered counts this try. */
enum cs_verdict cs_job_verdict(int r, int status, uint64_t delivered);
/* Wait before the next try: grows with the tries, at least what a limit asked for, with jitter. */
int64_t cs_job_delay_ms(uint64_t delivered, int64_t retry_after_ms, uint32_t random);

void cs_jobs_start(const struct cs_job *jobs); /* ends with {0} */
