/* The attributes that both ends of a call give to its span. */
#include "bus/rpc_span.h"

void cs_rpc_span_end(struct cs_span *s, const struct cs_rpc *rpc, int status, int least)
{
    if (!s)
        return;
    cs_span_name(s, "%s", rpc ? rpc->name : "unknown/unknown");
    cs_span_text(s, "rpc.system", "nats");
    cs_span_text(s, "rpc.service", rpc ? rpc->service : NULL);
    cs_span_text(s, "rpc.method", rpc ? rpc->method : NULL);
    if (status)
        cs_span_status(s, "rpc.response.status_code", status, least);
    cs_span_end(s);
}
