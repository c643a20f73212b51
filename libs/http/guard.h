#pragma once
/*
 * guard: which addresses a URL given by a user may lead to.
 *
 * It judges the address that is about to be connected to, after name resolution, so names that
 * resolve inwards, decimal or octal spellings and rebinding do not matter. Everything that is not
 * public is refused: loopback, private, shared, link-local, multicast, documentation, unspecified,
 * also inside IPv4-mapped, 6to4 and NAT64 addresses. The list names exceptions as host:port, where
 * host is the URL's host or the numeric address. Pure; any thread.
 */
#include <stdbool.h>
#include <sys/socket.h>

bool cs_guard_public(const struct sockaddr *addr);
bool cs_guard_allows(const char *list, const char *host, const struct sockaddr *addr);
/*
 * The same for the host of a URL, without looking up a name: a numeric address (IPv6 in brackets), and
 * localhost with the names below it, which lead to this machine. Any other name is allowed here and
 * judged when it is connected to.
 */
bool cs_guard_allows_host(const char *list, const char *host, int port);
bool cs_guard_list_valid(const char *list); /* NULL and "" are */
