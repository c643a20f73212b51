/* Checks and matches of types and bots, and their subjects on the bus. */
#include "events/filter.h"

#include "base/id.h"
#include "bus/catalogue.h"

#include <string.h>

enum { FILTER_MAX = 50, SUBJECT_TOKENS = 7 };

int filter_check(struct cs_call *call, const struct filter *f)
{
    int r = 0;

    for (size_t i = 0; i < f->n_types; i++)
        if (!cs_catalogue_has(f->types[i]))
            r = cs_fail_field(call, cs_printf(call->arena, "types[%zu]", i),
                              "The value must be a type of event, such as bot.created or bot.*. "
                              "/api/asyncapi.yaml lists all types.");
    for (size_t i = 0; i < f->n_bots; i++)
        if (!cs_id_valid(f->bots[i]))
            r = cs_fail_field(call, cs_printf(call->arena, "bots[%zu]", i),
                              "The value must be the id of a bot, a UUID.");
    return r;
}

/* Non-empty parts of a list separated by commas; negative: there are too many. */
static int list_split(struct cs_call *call, const char *field, const char *text, char ***ret,
                      size_t *ret_n)
{
    *ret = CS_NEW(call->arena, char *, FILTER_MAX);
    *ret_n = 0;
    for (const char *p = text; p && *p;) {
        size_t n = strcspn(p, ",");
        if (n > 0 && *ret_n == FILTER_MAX)
            return cs_fail_field(call, field, "The list must have at most %d items.", FILTER_MAX);
        if (n > 0)
            (*ret)[(*ret_n)++] = cs_strndup(call->arena, p, n);
        p += n + (p[n] == ',');
    }
    return 0;
}

int filter_parse(struct cs_call *call, const char *types, const char *bots, struct filter *ret)
{
    int r = list_split(call, "types", types, &ret->types, &ret->n_types);

    if (r == 0)
        r = list_split(call, "bots", bots, &ret->bots, &ret->n_bots);
    return r ? r : filter_check(call, ret);
}

static bool type_matches(const char *type, const char *aggregate, const char *event)
{
    size_t n = strlen(aggregate);

    return strncmp(type, aggregate, n) == 0 && type[n] == '.' &&
           (strcmp(type + n + 1, "*") == 0 || strcmp(type + n + 1, event) == 0);
}

bool filter_wants(const struct filter *f, const struct kept_event *e)
{
    bool type = f->n_types == 0, bot = f->n_bots == 0;

    for (size_t i = 0; i < f->n_types && !type; i++)
        type = type_matches(f->types[i], e->aggregate, e->event);
    for (size_t i = 0; i < f->n_bots && !bot && e->bot; i++)
        bot = strcasecmp(f->bots[i], e->bot) == 0;
    return type && bot;
}

/* ---- subjects ---- */

static void subject_add(char **subjects, size_t *n, char *subject)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(subjects[i], subject) == 0)
            return;
    subjects[(*n)++] = subject;
}

/* Whether another type of the filter, <aggregate>.*, has this one within. */
static bool type_covered(const struct filter *f, const char *type)
{
    size_t n = strcspn(type, ".");

    if (strcmp(type + n, ".*") == 0)
        return false;
    for (size_t i = 0; i < f->n_types; i++)
        if (strncmp(f->types[i], type, n) == 0 && strcmp(f->types[i] + n, ".*") == 0)
            return true;
    return false;
}

/* The broker refuses filters that overlap. */
char **filter_subjects(struct cs_arena *a, const struct filter *f, const char *tenant,
                       size_t *ret_n)
{
    char any[] = "*", all_types[] = "*.*", *any_bot[] = {any}, *any_type[] = {all_types};
    char *const *bots = f->n_bots ? f->bots : any_bot, *const *types =
                                                           f->n_types ? f->types : any_type;
    size_t n_bots = f->n_bots ? f->n_bots : 1, n_types = f->n_types ? f->n_types : 1;
    char **subjects = CS_NEW(a, char *, n_bots *n_types);

    *ret_n = 0;
    for (size_t b = 0; b < n_bots; b++) {
        char *bot = cs_strdup(a, bots[b]);
        for (char *p = bot; *p; p++) /* as the platform writes ids */
            *p = (char)(*p >= 'A' && *p <= 'F' ? *p | 0x20 : *p);
        for (size_t t = 0; t < n_types; t++)
            if (!type_covered(f, types[t]))
                subject_add(subjects, ret_n,
                            cs_printf(a, "chatsphere.event.v1.%s.%s.%s", tenant, bot, types[t]));
    }
    return subjects;
}

static size_t subject_tokens(struct cs_arena *a, const char *subject, char *ret[SUBJECT_TOKENS])
{
    size_t n = 0;

    for (const char *p = subject; n < SUBJECT_TOKENS; p++) {
        size_t len = strcspn(p, ".");
        ret[n++] = cs_strndup(a, p, len);
        if (!p[len])
            break;
        p += len;
    }
    return n;
}

char *filter_cover(struct cs_arena *a, char *const *subjects, size_t n)
{
    char *cover[SUBJECT_TOKENS], *other[SUBJECT_TOKENS], *text;
    size_t n_tokens = subject_tokens(a, subjects[0], cover);

    for (size_t i = 1; i < n; i++) {
        size_t n_other = subject_tokens(a, subjects[i], other);
        for (size_t t = 0; t < n_tokens && t < n_other; t++)
            if (strcmp(cover[t], other[t]) != 0)
                cover[t] = cs_strdup(a, "*");
    }
    text = cover[0];
    for (size_t t = 1; t < n_tokens; t++)
        text = cs_printf(a, "%s.%s", text, cover[t]);
    return text;
}
