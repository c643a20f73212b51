/* Binary search in the generated tables of messages, enums and rpcs. */
#include "pbjson/contract.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *name, const void *meta)
{
    return strcmp(name, ((const struct cs_message_meta *)meta)->desc->name);
}

const struct cs_message_meta *cs_message_meta(const ProtobufCMessageDescriptor *desc)
{
    return bsearch(desc->name, cs_message_metas, cs_n_message_metas, sizeof(*cs_message_metas),
                   by_name);
}

const struct cs_enum_meta *cs_enum_meta(const ProtobufCEnumDescriptor *desc)
{
    for (size_t i = 0; i < cs_n_enum_metas; i++)
        if (cs_enum_metas[i].desc == desc)
            return &cs_enum_metas[i];
    return NULL;
}

const struct cs_rpc *cs_rpc_find(const char *service, const char *method)
{
    for (size_t i = 0; i < cs_n_rpcs; i++)
        if (strcmp(cs_rpcs[i]->method, method) == 0 && strcmp(cs_rpcs[i]->service, service) == 0)
            return cs_rpcs[i];
    return NULL;
}
