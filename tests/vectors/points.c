/* Collections of points in memory, searched one point after another. */
#include "vectors.h"

#include <math.h>
#include <stdlib.h>

static json_t *collections;

json_t *points_all(void)
{
    if (!collections)
        collections = json_object();
    return collections;
}

json_t *points_collection(const char *name)
{
    return json_object_get(points_all(), name);
}

json_t *points_collection_new(const char *name, int size)
{
    json_t *c = json_pack("{s:i,s:{}}", "size", size, "points");

    json_object_set_new(points_all(), name, c);
    return c;
}

static double points_cosine(const json_t *a, const json_t *b)
{
    double dot = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < json_array_size(a); i++) {
        double x = json_number_value(json_array_get(a, i));
        double y = json_number_value(json_array_get(b, i));
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}

struct scored {
    double score;
    const char *id;
    json_t *payload;
};

static int by_score(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return strcmp(x->id, y->id);
}

json_t *points_nearest(const json_t *collection, const json_t *vector, const json_t *filter,
                       points_match_fn *match, size_t most)
{
    json_t *points = json_object_get(collection, "points"), *point, *found = json_array();
    struct scored *all = calloc(json_object_size(points) + 1, sizeof(*all));
    const char *id;
    size_t n = 0;
    bool malformed = false;

    if (!all)
        abort();
    json_object_foreach(points, id, point) {
        int matches = match(filter, point);
        malformed |= matches < 0;
        if (matches > 0)
            all[n++] =
                (struct scored){.score = points_cosine(json_object_get(point, "vector"), vector),
                                .id = id,
                                .payload = json_object_get(point, "payload")};
    }
    qsort(all, n, sizeof(*all), by_score);
    for (size_t i = 0; i < n && i < most; i++)
        json_array_append_new(found, json_pack("{s:s,s:f,s:O}", "id", all[i].id, "score",
                                               all[i].score, "payload", all[i].payload));
    free(all);
    if (malformed)
        json_decref(found);
    return malformed ? NULL : found;
}
