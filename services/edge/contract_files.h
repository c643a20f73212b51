#pragma once
/*
 * contract_files: the .proto files of the contract, which the build puts into the program, so that a consumer needs nothing
 * but the platform itself. Constant; any thread.
 */
#include <stddef.h>

struct edge_contract_file {
    const char *path; /* chatsphere/v1/events.proto; NULL ends the list */
    const unsigned char *data;
    size_t len;
};

extern const struct edge_contract_file edge_contract_files[];
extern const struct edge_contract_file edge_contract_archive; /* all of them: a tar archive, gzip */
