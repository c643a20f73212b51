/* The chunks that ingest made of its documents against those that retrieve has of them. */
#include "storm.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

static const char stray[] =
    "select (select count(*) from ingest.documents d where d.status = 'ready' and d.chunks <> "
    "(select count(*) from retrieve.documents r join retrieve.chunks c "
    "using (tenant_id, bot_id, document_id, version) where r.document_id = d.id)) + "
    "(select count(*) from retrieve.chunks c where not exists (select from ingest.documents d "
    "where d.id = c.document_id and d.status = 'ready') or not exists (select from "
    "retrieve.documents r where r.document_id = c.document_id and r.version = c.version))";

long storm_stray_chunks(void)
{
    PGconn *pg = PQconnectdb("");
    PGresult *res = PQexec(pg, stray);
    long n = -1;

    if (PQresultStatus(res) == PGRES_TUPLES_OK)
        n = strtol(PQgetvalue(res, 0, 0), NULL, 10);
    else
        printf("        %s", PQerrorMessage(pg));
    PQclear(res);
    PQfinish(pg);
    return n;
}
