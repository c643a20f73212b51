/* Languages of short texts, their stop words and stems. */
#include "test.h"

#include "words.h"

static void is(const char *text, const char *code)
{
    assert_string_equal(language_code(language_of(text, strlen(text))), code);
}

static void tells_languages(void **state)
{
    (void)state;
    is("The server is started by the operator, and it listens on the port that was given.", "en");
    is("Der Server wird vom Betreiber gestartet und lauscht auf dem Port, der ihm gegeben ist.",
       "de");
    is("Le serveur est démarré par l'opérateur et il écoute sur le port qui lui a été donné.",
       "fr");
    is("El servidor lo inicia el operador y escucha en el puerto que se le ha dado a él.", "es");
    is("Il server viene avviato dall'operatore e ascolta sulla porta che gli è stata data.", "it");
    is("O servidor é iniciado pelo operador e escuta na porta que lhe foi dada por você.", "pt");
    is("De server wordt door de beheerder gestart en luistert op de poort die hem is gegeven.",
       "nl");
    is("Сервер запускается оператором, и он слушает на порту, который ему был дан.", "ru");
}

static void little_text_is_english(void **state)
{
    (void)state;
    is("", "en");
    is("Preisliste 2024", "en");
    is("der Preis", "en");
    is("東京都の天気", "en");
    assert_int_equal(language_by_code("xx"), LANGUAGE_EN);
    assert_int_equal(language_by_code("ru"), LANGUAGE_RU);
}

static void knows_stop_words(void **state)
{
    (void)state;
    assert_int_equal(language_stops("the", 3), 1U << LANGUAGE_EN);
    assert_true(language_stops("die", 3) >> LANGUAGE_DE & 1);
    assert_false(language_stops("die", 3) >> LANGUAGE_EN & 1);
    assert_int_equal(language_stops("server", 6), 0);
    assert_int_equal(language_stops("", 0), 0);
}

static void stems(struct stemmer *s, enum language l, const char *word, const char *want)
{
    size_t len;
    const char *stem = stemmer_stem(s, l, word, strlen(word), &len);

    assert_int_equal(len, strlen(want));
    assert_memory_equal(stem, want, len);
}

static void stems_words(void **state)
{
    struct stemmer s = {0};

    (void)state;
    stems(&s, LANGUAGE_EN, "configuring", "configur");
    stems(&s, LANGUAGE_EN, "configuration", "configur");
    stems(&s, LANGUAGE_DE, "häuser", "haus");
    stems(&s, LANGUAGE_RU, "серверы", "сервер");
    stemmer_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_languages),
        cmocka_unit_test(little_text_is_english),
        cmocka_unit_test(knows_stop_words),
        cmocka_unit_test(stems_words),
    };

    return test_run_with(tests, words_open, words_close);
}
