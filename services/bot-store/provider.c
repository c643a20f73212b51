/* Names of providers against the table of all services, and against the keys of a bot. */
#include "bot-store/provider.h"

#include <string.h>

bool provider_known(const char *name)
{
    return cs_provider_find(name) != NULL;
}

bool provider_takes_key(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    const struct cs_provider *known = cs_provider_find(name);
    size_t n = strlen(name);

    return n > 0 && strspn(name, allowed) == n && strcmp(name, "none") != 0 &&
           !(known && known->inside);
}

bool provider_usable(const char *name, enum cs_provider_use use, const struct provider_keys *keys)
{
    const struct cs_provider *known = cs_provider_find(name);

    if (known)
        return known->use & use;
    if (keys->test && use == CS_PROVIDER_EMBED && strcmp(name, "hash") == 0)
        return true;
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->keys[i]->provider, name) == 0)
            return keys->keys[i]->base_url != NULL;
    return false;
}

const char *provider_wanted(struct cs_arena *a, enum cs_provider_use use)
{
    return cs_printf(a, "The value must be %s%s or a name with a stored base_url.",
                     use == CS_PROVIDER_EMBED ? "none, " : "", cs_provider_names(a, use));
}
