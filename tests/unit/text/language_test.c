/* Languages of short texts, their stop words and stems. */
#include "test.h"

#include "text/language.h"

static void language_is(const char *text, const char *code)
{
    assert_string_equal(cs_language_code(cs_language_of(text, strlen(text))), code);
}

static void tells_languages(void **state)
{
    (void)state;
    language_is("The server is started by the operator, and it listens on the port that was given.",
                "en");
    language_is(
        "Der Server wird vom Betreiber gestartet und lauscht auf dem Port, der ihm gegeben ist.",
        "de");
    language_is(
        "Le serveur est démarré par l'opérateur et il écoute sur le port qui lui a été donné.",
        "fr");
    language_is("El servidor lo inicia el operador y escucha en el puerto que se le ha dado a él.",
                "es");
    language_is(
        "Il server viene avviato dall'operatore e ascolta sulla porta che gli è stata data.", "it");
    language_is("O servidor é iniciado pelo operador e escuta na porta que lhe foi dada por você.",
                "pt");
    language_is(
        "De server wordt door de beheerder gestart en luistert op de poort die hem is gegeven.",
        "nl");
    language_is("Сервер запускается оператором, и он слушает на порту, который ему был дан.", "ru");
}

static void little_text_is_english(void **state)
{
    (void)state;
    language_is("", "en");
    language_is("Preisliste 2024", "en");
    language_is("der Preis", "en");
    language_is("東京都の天気", "en");
    assert_int_equal(cs_language_by_code("xx"), CS_LANGUAGE_EN);
    assert_int_equal(cs_language_by_code("ru"), CS_LANGUAGE_RU);
}

static void short_texts_go_by_their_script(void **state)
{
    (void)state;
    language_is("Склад запчастей", "ru");
    language_is("Αποθήκη", "el");
    language_is("مستودع", "ar");
    language_is("गोदाम", "hi");
    language_is("Lagret är öppet och det är inte långt från oss.", "sv");
}

static void asks(const char *text, uint32_t known, enum cs_language want)
{
    assert_int_equal(cs_language_of_question(text, strlen(text), known), want);
}

static void questions_are_in_a_known_language(void **state)
{
    const uint32_t en = 1U << CS_LANGUAGE_EN, de = 1U << CS_LANGUAGE_DE;

    (void)state;
    asks("man page", en, CS_LANGUAGE_EN);
    asks("how did the man die", en | de, CS_LANGUAGE_EN);
    asks("was kostet die Karte", en | de, CS_LANGUAGE_DE);
    asks("wie komme ich zu der Halle", en, CS_LANGUAGE_DE);
    asks("Preis", de, CS_LANGUAGE_DE);
    asks("", en | de, CS_LANGUAGE_EN);
    asks("where is it", 0, CS_LANGUAGE_EN);
}

static void knows_stop_words(void **state)
{
    (void)state;
    assert_int_equal(cs_language_stops("the", 3), 1U << CS_LANGUAGE_EN);
    assert_true(cs_language_stops("die", 3) >> CS_LANGUAGE_DE & 1);
    assert_false(cs_language_stops("die", 3) >> CS_LANGUAGE_EN & 1);
    assert_int_equal(cs_language_stops("server", 6), 0);
    assert_int_equal(cs_language_stops("", 0), 0);
}

static void stems(struct cs_stemmer *s, enum cs_language l, const char *word, const char *want)
{
    size_t len;
    const char *stem = cs_stemmer_stem(s, l, word, strlen(word), &len);

    assert_int_equal(len, strlen(want));
    assert_memory_equal(stem, want, len);
}

static void stems_words(void **state)
{
    struct cs_stemmer s = {0};

    (void)state;
    stems(&s, CS_LANGUAGE_EN, "configuring", "configur");
    stems(&s, CS_LANGUAGE_EN, "configuration", "configur");
    stems(&s, CS_LANGUAGE_DE, "häuser", "haus");
    stems(&s, CS_LANGUAGE_RU, "серверы", "сервер");
    cs_stemmer_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_languages),
        cmocka_unit_test(little_text_is_english),
        cmocka_unit_test(short_texts_go_by_their_script),
        cmocka_unit_test(questions_are_in_a_known_language),
        cmocka_unit_test(knows_stop_words),
        cmocka_unit_test(stems_words),
    };

    return test_run(tests);
}
