/* The list of services, for the tools that start, watch and test them. */
#include "nats/topology.h"
#include "cli/cli.h"
#include "cli/options.h"

#include <stdio.h>

/*
 * One line per service, the edge first: six columns, none of them empty, with a tab between two. With
 * --calls, one line per call: the process and <service>.<method>.
 */
CLI_COMMAND(cli_topology)
{
    const char *calls = NULL;
    const struct cli_option options[] = {
        {"--calls", NULL, "print the methods that each process calls instead", false, &calls},
        {0},
    };

    if (!cli_options(command, argc, argv, options, NULL, NULL))
        return CLI_USAGE;
    for (const struct cs_node *n = cs_topology; calls && n->service; n++)
        for (const char *const *c = n->calls; *c; c++)
            printf("%s\t%s\n", cs_node_process(n), *c);
    if (calls)
        return CLI_DONE;
    for (const struct cs_node *n = cs_topology; n->service; n++) {
        printf("%s\t%s\t%s\t%s\t%s\t", n->service, cs_node_process(n), n->program,
               n->has_schema ? "schema" : "-", n->has_jobs ? "jobs" : "-");
        const char *between = "";
        for (const struct cs_node_secret *s = n->secrets; s->file; s++, between = ",")
            printf("%s%s=%s", between, s->setting, s->file);
        puts(n->secrets->file ? "" : "-");
    }
    return CLI_DONE;
}
