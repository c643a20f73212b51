/* completion: streams of all dialects, cut anywhere, with every kind of line end. */
#include "test.h"

#include "ratio.h"

#include "base/buf.h"
#include "http/sse_parse.h"
#include "provider/chat_wire.h"

static const struct cs_chat_wire *wire = &cs_openai_chat;

static struct cs_buf thoughts;

static void add_text(void *state, const char *text)
{
    cs_buf_adds(state, text);
}

static void add_thought(void *state, const char *text)
{
    (void)state;
    cs_buf_adds(&thoughts, text);
}

static void on_event(void *state, const struct cs_sse_event *e)
{
    cs_completion_event(state, e->data, e->data_len, e->cut);
}

/* a stream as it would come in pieces */
static void feed(struct cs_completion *c, const char *stream, size_t len, size_t piece)
{
    struct cs_sse p;

    cs_sse_init(&p, 1 << 20, on_event, c);
    for (size_t at = 0; at < len; at += piece)
        assert_true(cs_sse_feed(&p, stream + at, len - at < piece ? len - at : piece));
    cs_sse_end(&p);
    cs_sse_free(&p);
}

static const char *outcome(const struct cs_completion *c, const struct cs_buf *text)
{
    static const char *const finishes[] = {"none", "stop", "length", "content_filter"};
    const char *usage = c->counted ? cs_printf(&arena, "%lld + %lld", (long long)c->prompt_tokens,
                                               (long long)c->completion_tokens)
                                   : "none";

    const char *thought = thoughts.len ? cs_printf(&arena, "thought: %s\n", thoughts.data) : "";

    cs_buf_clear(&thoughts);
    return cs_printf(&arena, "text: %s\n%sfinish: %s\nover: %s\nusage: %s\nfault: %s%s\n",
                     text->data ? text->data : "", thought, finishes[c->finish],
                     cs_completion_over(c) ? "yes" : "no", usage,
                     c->failed ? cs_fault_reason(&arena, "it", 0, &c->fault) : "none",
                     c->said == (text->len > 0) ? "" : " (said is wrong)");
}

static const char *whole(const char *body)
{
    CS_BUF_AUTO struct cs_buf text = {0};
    struct cs_completion c = {.wire = wire, .say = add_text, .think = add_thought, .state = &text};

    cs_completion_event(&c, body, strlen(body), false);
    cs_completion_end(&c);
    return outcome(&c, &text);
}

static const char *streamed(const char *stream, size_t len, size_t piece)
{
    CS_BUF_AUTO struct cs_buf text = {0};
    struct cs_completion c = {.wire = wire, .say = add_text, .think = add_thought, .state = &text};

    feed(&c, stream, len, piece);
    cs_completion_end(&c);
    return outcome(&c, &text);
}

static const char *with_line_ends(const char *stream, const char *end)
{
    CS_BUF_AUTO struct cs_buf out = {0};

    for (; *stream; stream++) {
        if (*stream == '\n')
            cs_buf_adds(&out, end);
        else
            cs_buf_add(&out, stream, 1);
    }
    return cs_strdup(&arena, out.data);
}

static void play_stream(const char *stream, const char *expected)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};

    for (size_t i = 0; i < LEN(ends); i++) {
        const char *s = with_line_ends(stream, ends[i]);
        size_t len = strlen(s);
        for (size_t piece = 1; piece <= len; piece = piece < 40 ? piece + 1 : piece * 2)
            assert_string_equal(streamed(s, len, piece), expected);
        assert_string_equal(streamed(s, len, len), expected);
    }
}

static void play(const struct suite_case *c)
{
    static const struct cs_chat_wire *const wires[] = {&cs_openai_chat, &cs_anthropic_chat,
                                                       &cs_gemini_chat, &cs_ollama_chat};
    const struct suite_part *stream = suite_part(c, "stream");
    const struct suite_part *name = suite_part(c, "wire");
    const char *expected = case_text(c, "expected", NULL);

    wire = wires[0];
    for (size_t i = 0; name && i < LEN(wires); i++)
        if (strcmp(wires[i]->name, name->text) == 0)
            wire = wires[i];
    if (stream)
        play_stream(stream->text, expected);
    else
        assert_string_equal(whole(case_text(c, "body", NULL)), expected);
}

static void parse_event(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct cs_buf said = {0};
    struct cs_completion c = {.wire = &cs_openai_chat, .say = add_text, .state = &said};

    (void)a;
    cs_completion_event(&c, data, len, false);
    *work = said.len;
    cs_buf_free(&said);
}

/* events of a stream, as they come in small pieces */
static void parse_stream(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct cs_buf said = {0};
    struct cs_completion c = {.wire = &cs_openai_chat, .say = add_text, .state = &said};

    (void)a;
    feed(&c, data, len, 100);
    *work = said.len;
    cs_buf_free(&said);
}

static void work_is_linear(void **state)
{
    static const struct ratio events[] = {
        {.name = "text",
         .head = "{\"choices\":[{\"delta\":{\"content\":\"",
         .piece = "word ",
         .tail = "\"}}]}",
         .parse = parse_event},
        {.name = "escapes",
         .head = "{\"choices\":[{\"delta\":{\"content\":\"",
         .piece = "\\u00e9",
         .tail = "\"}}]}",
         .parse = parse_event},
        {.name = "halves of pairs",
         .head = "{\"choices\":[{\"delta\":{\"content\":\"",
         .piece = "\\ud800",
         .tail = "\"}}]}",
         .parse = parse_event},
        {.name = "malformed",
         .head = "{\"choices\":[{\"delta\":{\"content\":\"",
         .piece = "\xff",
         .tail = "\"}}]}",
         .parse = parse_event},
        {.name = "choices",
         .head = "{\"choices\":[",
         .piece = "{},",
         .tail = "{}]}",
         .bytes = 4096,
         .parse = parse_event},
        {.name = "members of one name",
         .head = "{",
         .piece = "\"a\":0,",
         .tail = "\"a\":0}",
         .parse = parse_event},
        {.name = "numbers",
         .head = "{\"usage\":[",
         .piece = "1,",
         .tail = "1]}",
         .bytes = 4096,
         .parse = parse_event},
        {.name = "one number",
         .head = "{\"usage\":",
         .piece = "1",
         .tail = "}",
         .parse = parse_event},
        {.name = "depth", .head = "{\"a\":", .piece = "[", .parse = parse_event},
        {.name = "not a number",
         .head = "{\"a\":[",
         .piece = "NaN,",
         .tail = "0]}",
         .bytes = 4096,
         .parse = parse_event},
        {.name = "events",
         .piece = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
         .parse = parse_stream},
        {.name = "comments", .piece = ":\n", .parse = parse_stream},
        {.name = "empty lines", .piece = "\n", .parse = parse_stream},
    };

    (void)state;
    ratio_check_all(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(work_is_linear)};

    int failed = test_run_cases(tests, "completion", play);

    cs_buf_free(&thoughts);
    return failed;
}
