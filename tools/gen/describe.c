/* The published text of the contract: everything that is documented has a real description. */
#include "gen.h"

#include <ctype.h>
#include <string.h>

enum { LEAST_WORDS = 4, LEAST_CHARACTERS = 20 };

static int count_words(const char *s)
{
    int n = 0;

    while (*s) {
        s += strspn(s, " \n");
        n += *s != '\0';
        s += strcspn(s, " \n");
    }
    return n;
}

/* NULL, or what is wrong with the text */
static const char *description_fault(const char *s)
{
    size_t n;

    if (!s)
        return "has no comment";
    s += strspn(s, " \n");
    for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
        ;
    if (count_words(s) < LEAST_WORDS || n < LEAST_CHARACTERS)
        return "has a comment of fewer than 4 words or 20 characters";
    if (s[n - 1] != '.')
        return "has a comment without a full stop at its end";
    return isupper((unsigned char)s[0]) ? NULL : "has a comment that begins without a capital";
}

static int check_description(const char *full, const char *part, const char *comment)
{
    const char *fault = description_fault(comment);

    if (fault)
        fprintf(stderr, "cs_gen: %s%s%s %s\n", full, *part ? "." : "", part, fault);
    return fault != NULL;
}

int gen_undescribed(const struct gen_model *m)
{
    int n = 0;

    for (size_t i = 0; i < m->n_messages; i++) {
        const struct gen_message *msg = &m->messages[i];

        if (msg->map_entry)
            continue;
        n += check_description(msg->full + 1, "", gen_comment(msg->file, msg->path, msg->n_path));
        for (size_t k = 0; k < msg->d->n_field; k++)
            n += check_description(msg->full + 1, msg->d->field[k]->name,
                                   gen_field_comment(msg, (int)k));
    }
    for (size_t i = 0; i < m->n_enums; i++) {
        const struct gen_enum *e = &m->enums[i];

        n += check_description(e->full + 1, "", gen_comment(e->file, e->path, e->n_path));
        for (size_t k = 0; k < e->d->n_value; k++)
            n += check_description(e->full + 1, e->d->value[k]->name, gen_value_comment(e, (int)k));
    }
    for (size_t i = 0; i < m->n_services; i++)
        n += check_description(m->services[i].name, "", m->services[i].comment);
    for (size_t i = 0; i < m->n_rpcs; i++)
        n += check_description(m->rpcs[i].service, m->rpcs[i].d->name, m->rpcs[i].comment);
    return n;
}
