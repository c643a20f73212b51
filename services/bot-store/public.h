#pragma once
/* public: what the world may know of a bot, and how to put it on a page. */

void public_start(const char *url); /* public address of the platform, a checked setting */
