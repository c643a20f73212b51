/*
 * test-names: a name server that is silent. A library for LD_PRELOAD: the look-up of a name that ends in
 * .silent.test takes 20 s and fails, one that ends in .inwards.test leads to this machine, all other names are resolved
 * as ever.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

static int ends_in(const char *name, const char *end)
{
    size_t len = name ? strlen(name) : 0, n = strlen(end);

    return len >= n && strcmp(name + len - n, end) == 0;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
    __typeof__(getaddrinfo) *resolve = (__typeof__(resolve))dlsym(RTLD_NEXT, "getaddrinfo");

    if (ends_in(name, ".inwards.test"))
        return resolve("127.0.0.1", service, hints, ret);
    if (!ends_in(name, ".silent.test"))
        return resolve(name, service, hints, ret);
    sleep(20);
    return EAI_AGAIN;
}
