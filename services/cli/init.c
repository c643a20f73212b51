/* What a stack needs before its first start, as files. */
#include "cli/cli.h"

#include "nats/nkey.h"
#include "nats/topology.h"
#include "cli/options.h"
#include "crypto/crypto.h"
#include "crypto/secrets.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_PORT = 65535 };

void cli_signers(const char *ret[CLI_MAX_SERVICES + 1])
{
    size_t n = 0;

    for (const struct cs_node *node = cs_topology; node->service; node++) {
        if (n == CLI_MAX_SERVICES)
            abort(); /* the table has outgrown CLI_MAX_SERVICES */
        if (cs_node_secret(node, "SIGN_KEY"))
            ret[n++] = cs_node_process(node);
    }
    ret[n] = NULL;
}

CLI_COMMAND(cli_nats_init)
{
    const char *dir = NULL, *port_text = "4222", *store = NULL;
    const struct cli_option options[] = {
        {"--dir", "<folder>", "where keys, credentials and nats.conf go", true, &dir},
        {"--store", "<folder>", "where the broker keeps its streams and accounts", true, &store},
        {"--port", "<number>", "port of the broker on 127.0.0.1 [4222]", false, &port_text},
        {0},
    };
    char *end;
    long port;

    if (!cli_options(command, argc, argv, options, NULL, NULL))
        return CLI_USAGE;
    port = strtol(port_text, &end, 10);
    if (*end || port < 1 || port > MAX_PORT) {
        fprintf(stderr, "chatsphere %s: --port must be a number from 1 to %d\n", command->name,
                MAX_PORT);
        return CLI_USAGE;
    }
    return cs_crypto_init() < 0 || cs_nats_init(dir, (int)port, store) < 0 ? CLI_FAILED : CLI_DONE;
}

CLI_COMMAND(cli_secrets)
{
    const char *dir = NULL, *signers[CLI_MAX_SERVICES + 1],
               *roles[CLI_MAX_SERVICES + 2] = {"owner"};
    const struct cli_option options[] = {
        {"--dir", "<folder>", "where the secrets go; those that are there are kept", true, &dir},
        {0},
    };
    size_t n_roles = 1;

    if (!cli_options(command, argc, argv, options, NULL, NULL))
        return CLI_USAGE;
    cli_signers(signers); /* no more services than CLI_MAX_SERVICES */
    for (const struct cs_node *node = cs_topology; node->service; node++)
        if (node->has_schema)
            roles[n_roles++] = node->service;
    return cs_crypto_init() < 0 || cs_secrets_init(dir, signers, roles) < 0 ? CLI_FAILED : CLI_DONE;
}
