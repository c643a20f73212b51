/*
 * test-names: a name server that is silent. A library for LD_PRELOAD: the look-up of a name that ends in
 * .silent.test takes 20 s and fails, all other names are resolved as ever.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
    static const char silent[] = ".silent.test";
    const size_t n = sizeof(silent) - 1;
    size_t len = name ? strlen(name) : 0;
    __typeof__(getaddrinfo) *resolve = (__typeof__(resolve))dlsym(RTLD_NEXT, "getaddrinfo");

    if (len < n || strcmp(name + len - n, silent) != 0)
        return resolve(name, service, hints, ret);
    sleep(20);
    return EAI_AGAIN;
}
