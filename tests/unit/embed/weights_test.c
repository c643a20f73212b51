/*
 * weights: all-MiniLM-L6-v2 itself, against its tokenizer's pieces and a forward pass in float64 by numpy
 * (tests/data/model/minilm.txt: text, pieces, the first numbers of the vector). tests/model/fetch gets the weights;
 * CHATSPHERE_TEST_MODEL names another folder with them.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "embed/local/kernel.h"
#include "embed/local/model.h"

enum { D = 384 };

static const char *folder(void)
{
    const char *own = getenv("CHATSPHERE_TEST_MODEL");

    return own ? own : "build/models/all-minilm-l6-v2";
}

static struct model *opened(const struct local_kernel *kernel)
{
    const char *why = NULL;
    struct model *m = model_open(folder(), kernel, &arena, &why);

    if (!m)
        fail_msg("%s", why);
    return m;
}

/* The vector of a text, of length 1, and its pieces as text. */
static float *vector(const struct model *m, const char *text, const char **ret_pieces)
{
    float *v = CS_NEW(&arena, float, D);
    bool cut;
    size_t at[2] = {0};
    int32_t *ids = model_pieces(m, &arena, text, false, &at[1], &cut);
    struct model_scratch *s = model_scratch_new(m, at[1]);
    double squares = 0;

    model_run(m, s, ids, at, 1, v);
    model_scratch_free(s);
    *ret_pieces = "";
    for (size_t i = 0; i < at[1]; i++)
        *ret_pieces = cs_printf(&arena, "%s%s%d", *ret_pieces, i ? " " : "", ids[i]);
    for (size_t i = 0; i < D; i++)
        squares += (double)v[i] * (double)v[i];
    for (size_t i = 0; i < D; i++)
        v[i] = (float)((double)v[i] / sqrt(squares));
    return v;
}

static void test_reference(void **state)
{
    char *text = cs_file_read(&arena, "tests/data/model/minilm.txt", 1 << 16, NULL), *line;
    struct model *m;

    (void)state;
    if (access(folder(), F_OK) != 0) {
        print_message("SKIPPED: no weights in %s; tests/model/fetch gets them\n", folder());
        skip();
    }
    m = opened(local_kernel_best());
    while ((line = strsep(&text, "\n")) && *line) {
        const char *words = strsep(&line, "\t"), *want = strsep(&line, "\t"), *pieces;
        float *v = vector(m, words, &pieces);
        char *at = line;
        assert_string_equal(pieces, want);
        for (int i = 0; *at; i++) {
            double number = strtod(at, &at);
            if (fabs((double)v[i] - number) > 1e-5)
                fail_msg("%s, number %d: %.7f instead of %.7f", words, i, (double)v[i], number);
        }
    }
    model_close(m);
}

/* What they are for: of several passages the one that answers is the nearest. */
static void test_meaning(void **state)
{
    static const char *const questions[] = {"I cannot sign in any more", "What does it cost?",
                                            "When may I send goods back?"};
    static const char *const passages[] = {
        "To change a forgotten password, open the account page and choose a new one.",
        "The price is five euros a month for each seat.",
        "Items can be returned within thirty days of delivery."};
    float *p[LEN(passages)];
    const char *pieces;

    (void)state;
    if (access(folder(), F_OK) != 0)
        skip();
    struct model *m = opened(local_kernel_best());
    for (size_t i = 0; i < LEN(passages); i++)
        p[i] = vector(m, passages[i], &pieces);
    for (size_t q = 0; q < LEN(questions); q++) {
        float *v = vector(m, questions[q], &pieces), near[LEN(passages)] = {0};
        for (size_t i = 0; i < LEN(passages); i++)
            for (size_t k = 0; k < D; k++)
                near[i] += v[k] * p[i][k];
        for (size_t i = 0; i < LEN(passages); i++)
            if (i != q && near[i] >= near[q])
                fail_msg("%s: passage %zu is nearer", questions[q], i);
    }
    model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_meaning),
    };
    return test_run(tests);
}
