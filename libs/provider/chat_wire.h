#pragma once
/*
 * Chat wire: one format in which language models are asked for an answer: where, with which headers, what
 * the request is and what each event of the answer says. A format is a pure file <wire>_chat.c and one of
 * the rows below; the table of providers (provider/provider.h) names the wire of each. Any thread.
 *
 * Only what a bot sets is sent, because models refuse what they do not know.
 */
#include "base/buf.h"
#include "provider/calls.h"
#include "provider/completion.h"

/* The last members are for agents, and zero in other messages. */
struct cs_chat_message {
    const char *role; /* system, user, assistant or tool */
    const char *text; /* of a tool: its result */
    size_t
        stable; /* of the system: bytes at its beginning that each request of the bot has; 0: unknown */
    const struct cs_chat_call *calls; /* of an assistant */
    size_t n_calls;
    const char *thinking, *signature; /* of an assistant, as the model gave them; or NULL */
    const struct cs_chat_call *call;  /* of a tool: the one that this is the result of */
    bool failed;                      /* of a tool */
};

/* A tool that a model may call. */
struct cs_chat_tool {
    const char *name;
    const char *description; /* or NULL */
    const char *parameters;  /* a JSON Schema of an object, as text */
};

enum cs_chat_choice {
    CS_CHAT_MAY_CALL,
    CS_CHAT_NO_CALL, /* it is to answer */
    CS_CHAT_MUST_CALL,
};

/* Parameters that a model may refuse, and does without. */
enum cs_chat_param {
    CS_CHAT_TEMPERATURE = 1,
    CS_CHAT_MAX_TOKENS = 2,
    CS_CHAT_MAX_NAME = 4, /* it wants the other one of max_tokens and max_completion_tokens */
    CS_CHAT_STREAM_OPTIONS = 8,
    CS_CHAT_SYSTEM = 16, /* it has no role for the system: the first question bears those orders */
    CS_CHAT_STREAM = 32, /* it answers whole */
};
enum { CS_CHAT_PARAMS = 6 /* bits */ };

struct cs_chat_request {
    const char *provider, *model;
    const struct cs_chat_message
        *messages; /* the first may be of the system, the last is the user's */
    size_t n;
    bool has_temperature, has_max_tokens, stream;
    double temperature;
    int max_tokens;   /* of the answer */
    unsigned without; /* bits of enum cs_chat_param */
    const struct cs_chat_tool *tools;
    size_t n_tools;
    enum cs_chat_choice choice;
};

struct cs_chat_wire {
    const char *name;
    const char *tail;   /* an address with this end is of the OpenAI format; or NULL */
    const char *key;    /* the header of the key, up to the key */
    const char *header; /* another one that each request has; or NULL */
    /* The path and query behind the address. */
    const char *(*path)(struct cs_arena *a, const struct cs_chat_request *q);
    const char *models; /* the path behind the address of the list of models */
    const char *list,
        *list_name; /* in its answer: the member with the list, and that with a name */
    /* A JSON object in b. */
    void (*request)(struct cs_buf *b, const struct cs_chat_request *q);
    /* One event of a stream, or a whole answer; errors are handled already. */
    void (*take)(struct cs_completion *c, const json_t *root);
};

extern const struct cs_chat_wire cs_openai_chat, cs_anthropic_chat, cs_gemini_chat, cs_ollama_chat;

/* base_url is without / at the end. */
const char *cs_chat_url(struct cs_arena *a, const struct cs_chat_wire *w, const char *base_url,
                        const struct cs_chat_request *q);
/* The address of the list of models, and the names in its answer, at most CS_CHAT_MODELS; NULL: it is none. */
enum { CS_CHAT_MODELS = 500, CS_CHAT_MODEL_NAME = 100 /* bytes; longer ones are left out */ };
const char *cs_chat_models_url(struct cs_arena *a, const struct cs_chat_wire *w,
                               const char *base_url);
char **cs_chat_models(struct cs_arena *a, const struct cs_chat_wire *w, const char *body,
                      size_t len, size_t *ret_n);
/* The request as JSON. */
const char *cs_chat_body(struct cs_arena *a, const struct cs_chat_wire *w,
                         const struct cs_chat_request *q, size_t *ret_len);

/* ---- for the wires ---- */

/* "name":"text", escaped. */
void cs_chat_put(struct cs_buf *b, const char *name, const char *text);
/* {"role":...,"content":...} */
void cs_chat_put_message(struct cs_buf *b, const struct cs_chat_message *m);
/* The tools, separated by commas: before{"name":...,"description":...,"schema":{...}}after each. */
void cs_chat_put_functions(struct cs_buf *b, const struct cs_chat_request *q, const char *before,
                           const char *schema, const char *after);
/* "tools":[{"type":"function","function":{...}}], as several formats have it. */
void cs_chat_put_tools(struct cs_buf *b, const struct cs_chat_request *q);
/* The arguments of a call as an object; one without members when they are malformed. */
const char *cs_chat_arguments(const struct cs_chat_call *call);
/* The text of the system, or NULL. */
const char *cs_chat_system(const struct cs_chat_request *q);
/*
 * Calls put() for each message, with commas between them. n is 1, or the number of results of tools that follow one
 * another.
 */
typedef void cs_chat_put_fn(struct cs_buf *b, const struct cs_chat_message *m, size_t n);
void cs_chat_put_all(struct cs_buf *b, const struct cs_chat_request *q, cs_chat_put_fn *put);
/*
 * The same for each message that is not the system's, from the first of the user on and without empty ones: formats
 * that want roles in turn refuse others.
 */
void cs_chat_put_messages(struct cs_buf *b, const struct cs_chat_request *q, cs_chat_put_fn *put);
