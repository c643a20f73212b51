#pragma once
/* job_worker: the pullers of a service's jobs (bus/job.h), and how a ticket is settled. Internal. */
#include "bus/job.h"

enum { CS_JOB_TRIES = 5 };

/* Wait before the next try: grows with the tries, at least what a limit asked for, with jitter. */
int64_t cs_job_delay_ms(uint64_t delivered, int64_t retry_after_ms, uint32_t random);

void cs_jobs_start(const struct cs_job *jobs); /* ends with {0} */
