/* `chatsphere version`: the version this program was built as. */
#include "cli/cli.h"

#include "cli/options.h"

#include <stdio.h>

CLI_COMMAND(cli_version)
{
    if (!cli_options(command, argc, argv, NULL, NULL, NULL))
        return CLI_USAGE;
    puts(CHATSPHERE_VERSION);
    return CLI_DONE;
}
