/* The description of the public events, for docs/asyncapi.yaml. */
#include "bus/asyncapi.h"
#include "cli/cli.h"
#include "cli/options.h"

#include <stdio.h>

CLI_COMMAND(cli_asyncapi)
{
    struct cs_arena a;
    size_t len;

    if (!cli_options(command, argc, argv, NULL, NULL, NULL))
        return CLI_USAGE;
    cs_arena_init(&a);
    const char *text = cs_asyncapi_text(&a, &len);
    bool written = fwrite(text, 1, len, stdout) == len;
    cs_arena_dispose(&a);
    return written ? CLI_DONE : CLI_FAILED;
}
