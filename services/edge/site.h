#pragma once
/*
 * site: the dashboard, the chat page and the widget as answers, with the headers that browsers need.
 * The functions that rows of routes.c name are in local.h. On the loop's thread.
 */
#include <stdbool.h>

struct request;

/* A GET of a path without a row is a page of the dashboard, if its client accepts HTML. */
bool site_page_wanted(const struct request *r);
