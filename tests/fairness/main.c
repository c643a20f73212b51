/* fairness <base url> <provider url> <seconds>; see fairness.h */
#include "attack.h"
#include "fairness.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALONE, BESIDE, PHASES, SETTLE_MS = 2000 };

static const char *const phase_names[PHASES] = {"alone", "beside the attacker"};

static void table_print(struct samples s[PHASES][JOBS])
{
    printf("\n  %-16s", "");
    for (int p = 0; p < PHASES; p++)
        printf(" | %-37s", phase_names[p]);
    printf("\n  %-16s", "job");
    for (int p = 0; p < PHASES; p++)
        printf(" | %5s %7s %7s %6s %8s", "calls", "p50 ms", "p95 ms", "told", "errors");
    printf("\n");
    for (int j = 0; j < JOBS; j++) {
        printf("  %-16s", job_names[j]);
        for (int p = 0; p < PHASES; p++)
            printf(" | %5zu %7ld %7ld %6d %8d", s[p][j].n + (size_t)s[p][j].failed,
                   samples_percentile(&s[p][j], 50), samples_percentile(&s[p][j], 95), s[p][j].told,
                   s[p][j].failed);
        printf("\n");
    }
    printf("  told: 429 with Retry-After, after which the client came again; its time counts\n\n");
}

/* Whether every call of a job was answered; none at all is a failure as well. */
static bool job_judge(enum job job, const struct samples s[PHASES][JOBS])
{
    bool good = true;

    for (int p = 0; p < PHASES; p++)
        if (s[p][job].failed || s[p][job].n == 0) {
            printf("  FAIL  %s, %s: %d of %zu calls failed; %s\n", job_names[job], phase_names[p],
                   s[p][job].failed, s[p][job].n + (size_t)s[p][job].failed,
                   s[p][job].first_failure);
            good = false;
        }
    if (good)
        printf("  ok    %s: all %zu calls are answered, and all %zu beside the attacker\n",
               job_names[job], s[ALONE][job].n, s[BESIDE][job].n);
    return good;
}

int main(int argc, char **argv)
{
    static struct samples samples[PHASES][JOBS];
    int n_good = 0, seconds = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;

    if (seconds < 1 || seconds > 600) {
        fprintf(stderr, "usage: fairness <base url> <provider url> <seconds>\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    neighbour_open(argv[1], argv[2]);
    neighbour_work(samples[ALONE], seconds);
    attack_begin(argv[1], argv[2]);
    cs_sleep_ms(SETTLE_MS);
    neighbour_work(samples[BESIDE], seconds);
    attack_end();
    neighbour_close();
    table_print(samples);
    for (int j = 0; j < JOBS; j++)
        n_good += job_judge((enum job)j, samples);
    printf("fairness: %d passed, %d failed, 0 skipped\n", n_good, JOBS - n_good);
    for (int i = 0; i < PHASES * JOBS; i++)
        samples_free(&samples[i / JOBS][i % JOBS]);
    curl_global_cleanup();
    return n_good == JOBS ? 0 : 1;
}
