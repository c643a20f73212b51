/* Marks are looked for at the beginnings of lines only. */
#include "chat/agent/react.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char ACTION[] = "Action:", INPUT[] = "Action Input:", FINAL[] = "Final Answer:",
                  OBSERVATION[] = "Observation:";

const char *react_rules(struct cs_arena *a, const struct cs_chat_tool *tools, size_t n)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    cs_buf_adds(&b, "You can use these tools:\n");
    for (size_t i = 0; i < n; i++)
        cs_buf_addf(&b, "\n%s: %s\nIts input, as a JSON Schema: %s\n", tools[i].name,
                    tools[i].description ? tools[i].description : "no description",
                    tools[i].parameters);
    cs_buf_adds(&b, "\nTo use a tool, write exactly these lines and then stop:\n\n"
                    "Thought: what you need to know\n"
                    "Action: the name of one tool\n"
                    "Action Input: its input as a JSON object\n\n"
                    "You are then told its result as \"Observation: ...\", and may use a tool "
                    "again. When you know the answer, write:\n\n"
                    "Final Answer: the answer to the user\n\n"
                    "Never write an observation yourself.");
    return cs_strdup(a, b.data);
}

/* Whether a line begins with the mark, which may be in bold or a heading; *ret is behind it. */
static bool line_begins(const char *line, const char *mark, const char **ret)
{
    size_t n = strlen(mark);

    line += strspn(line, " \t*#>");
    if (strncasecmp(line, mark, n) != 0)
        return false;
    *ret = line + n;
    return true;
}

/* Passes on the answer, without the blanks and stars at its beginning. */
static void react_pass(struct react *r)
{
    while (!r->begun && r->answered < r->text.len && strchr(" \t\r\n*", r->text.data[r->answered]))
        r->answered++;
    if (r->answered == r->text.len)
        return;
    r->begun = true;
    r->answer(r->state, r->text.data + r->answered, r->text.len - r->answered);
    r->answered = r->text.len;
}

/* Looks at the lines that are there; a mark needs no end of its line. */
static void react_look(struct react *r)
{
    const char *end, *behind;

    while (!r->acting && !r->answering) {
        const char *line = r->text.data + r->line;

        if (line_begins(line, FINAL, &behind)) {
            r->answering = true;
            r->answered = (size_t)(behind - r->text.data);
        } else if (line_begins(line, ACTION, &behind)) {
            r->acting = true;
        } else if ((end = memchr(r->text.data + r->seen, '\n', r->text.len - r->seen))) {
            r->line = r->seen = (size_t)(end + 1 - r->text.data);
        } else {
            r->seen = r->text.len;
            return;
        }
    }
}

void react_add(struct react *r, const char *text, size_t len)
{
    if (!r->answering && r->text.len + len > REACT_TEXT)
        return;
    cs_buf_add(&r->text, text, len);
    react_look(r);
    if (r->answering)
        react_pass(r);
}

/* The line of the action and those behind it, up to an observation that the model made up. */
static const char *react_observation(const char *at)
{
    const char *behind;

    for (; at && *at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (line_begins(at, OBSERVATION, &behind))
            return at;
    }
    return NULL;
}

/* The first JSON value of the text; what no object is, is marked. */
static void react_read_input(struct cs_arena *a, const char *text, struct cs_chat_call *call)
{
    json_t *v;
    char *json;

    text += strspn(text, " \t\r\n`*");
    if (strncmp(text, "json", 4) == 0) /* of a fence of code */
        text += 4;
    text += strspn(text, " \t\r\n");
    v = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    json = json_is_object(v) ? json_dumps(v, JSON_COMPACT) : NULL;
    call->malformed = !json;
    call->arguments = json ? cs_strdup(a, json) : cs_strndup(a, text, strcspn(text, "\r\n"));
    free(json);
    json_decref(v);
}

bool react_end(struct react *r, struct cs_arena *a, struct cs_chat_call *ret)
{
    const char *line, *name, *input = "";
    size_t n;

    if (!r->acting) {
        if (!r->answering && r->text.len > 0) {
            r->begun = true;
            react_pass(r);
        }
        return false;
    }
    line = r->text.data + r->line;
    if (!line_begins(line, ACTION, &name))
        return false;
    const char *end = react_observation(line);
    if (end)
        r->text.data[r->text.len = (size_t)(end - r->text.data)] = '\0';
    name += strspn(name, " \t`*\"[");
    n = strcspn(name, " \t\r\n`*\"]([{");
    for (const char *at = strchr(line, '\n'); at && *at; at = strchr(at, '\n')) {
        at++;
        if (line_begins(at, INPUT, &input))
            break;
    }
    *ret = (struct cs_chat_call){.id = "", .name = cs_strndup(a, name, n)};
    react_read_input(a, input, ret);
    return true;
}

const char *react_said(const struct react *r, struct cs_arena *a)
{
    size_t n = r->text.len;

    while (n > 0 && isspace((unsigned char)r->text.data[n - 1]))
        n--;
    return n ? cs_strndup(a, r->text.data, n) : "";
}

void react_clear(struct react *r)
{
    cs_buf_clear(&r->text);
    r->line = r->seen = r->answered = 0;
    r->acting = r->answering = r->begun = false;
}

void react_free(struct react *r)
{
    cs_buf_free(&r->text);
}
