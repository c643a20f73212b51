"""openai-python against a stack: openai_client.py <base url> <key> <bot>. A line `ok <what>` for each thing that works."""
import sys

import openai

base, key, model = sys.argv[1:4]
client = openai.OpenAI(base_url=base + "/v1", api_key=key, timeout=30, max_retries=0)
messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "When do you open?"}]


def check(what, fn):
    try:
        fn()
        print("ok", what)
    except Exception as e:
        print(f"bad {what}: {type(e).__name__} {e}"[:600])


def models():
    assert model in [m.id for m in client.models.list()]
    assert client.models.retrieve(model).id == model


def completion():
    r = client.chat.completions.create(model=model, messages=messages)
    assert r.choices[0].message.content.startswith("the "), r
    assert r.choices[0].finish_reason == "stop" and r.usage.total_tokens > 0


def stream():
    chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices).startswith("the ")
    assert chunks[-1].usage.completion_tokens > 0 and not chunks[-1].choices


def helper():
    with client.chat.completions.stream(model=model, messages=messages) as s:
        for _ in s:
            pass
        assert s.get_final_completion().choices[0].message.content.startswith("the ")


def embeddings():
    r = client.embeddings.create(model=model, input=["one", "two"])
    assert len(r.data) == 2 and len(r.data[0].embedding) == 8 and any(r.data[0].embedding)


def unknown():
    try:
        client.chat.completions.create(model="gpt-4o", messages=messages)
    except openai.NotFoundError as e:
        assert e.code == "model_not_found"
        return
    raise AssertionError("an unknown model answers")


for what, fn in (("models are listed", models), ("a completion", completion), ("a stream, its usage last", stream), ("the stream helper", helper),
                 ("embeddings", embeddings), ("an unknown model", unknown)):
    check(what, fn)
