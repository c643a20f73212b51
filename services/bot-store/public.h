#pragma once
/* public: what the world may know of a bot, and how to put it on a page. */

int public_start(const char *url); /* where people reach the platform; 0, or -1 with a log line */
