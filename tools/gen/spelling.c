/* A proto name as the C names that protobuf-c makes of it, in a ring of static places. */
#include "gen.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* a name being written into the next place of the ring */
struct spelling {
    char *text;
    size_t len;
};

static struct spelling spelling_begin(void)
{
    static char ring[16][MAX_NAME];
    static unsigned at;
    return (struct spelling){.text = ring[at++ % 16]};
}

static void spelling_put(struct spelling *s, int c)
{
    if (s->len + 1 >= MAX_NAME) {
        fputs("cs_gen: a name is too long\n", stderr);
        exit(EXIT_FAILURE);
    }
    s->text[s->len++] = (char)c;
    s->text[s->len] = '\0';
}

/* one part of a name: an underscore before each capital that follows a small letter */
static void spelling_put_snake(struct spelling *s, const char *part, size_t n, int (*letter)(int))
{
    bool was_upper = true;

    for (size_t i = 0; i < n; i++) {
        bool upper = isupper((unsigned char)part[i]);
        if (upper && !was_upper)
            spelling_put(s, '_');
        spelling_put(s, letter((unsigned char)part[i]));
        was_upper = upper || part[i] == '_';
    }
}

static void spelling_put_camel(struct spelling *s, const char *part, size_t n)
{
    bool up = true;

    for (size_t i = 0; i < n; i++) {
        if (part[i] != '_')
            spelling_put(s, up ? toupper((unsigned char)part[i]) : part[i]);
        up = part[i] == '_';
    }
}

/* every part of a dotted name, joined by __; letter NULL: CamelCase */
static const char *spelling_joined(const char *full, int (*letter)(int))
{
    struct spelling s = spelling_begin();

    for (full++;;) {
        size_t n = strcspn(full, ".");
        if (letter)
            spelling_put_snake(&s, full, n, letter);
        else
            spelling_put_camel(&s, full, n);
        if (!full[n])
            return s.text;
        spelling_put(&s, '_');
        spelling_put(&s, '_');
        full += n + 1;
    }
}

const char *gen_type(const char *full)
{
    return spelling_joined(full, NULL);
}

const char *gen_lower(const char *full)
{
    return spelling_joined(full, tolower);
}

const char *gen_upper(const char *full)
{
    return spelling_joined(full, toupper);
}

const char *gen_short(const char *full)
{
    struct spelling s = spelling_begin();

    for (full += strlen(PACKAGE); *full; full++)
        spelling_put(&s, *full == '.' ? '_' : *full);
    return s.text;
}

const char *gen_snake(const char *name)
{
    struct spelling s = spelling_begin();
    spelling_put_snake(&s, name, strlen(name), tolower);
    return s.text;
}

const char *gen_scream(const char *name)
{
    struct spelling s = spelling_begin();
    spelling_put_snake(&s, name, strlen(name), toupper);
    return s.text;
}
