#!/usr/bin/env python3
"""tests/sockets/run.py <base url> <provider url>: WebSockets of a running stack. The last line sums up."""
import json, struct, sys, time, urllib.error, urllib.request
from urllib.parse import urlparse

from ws import Closed, Refused, Socket, text_of

BASE, PROVIDER = sys.argv[1], sys.argv[2]
PORT = urlparse(BASE).port
passed = failed = 0


def api(method, path, token=None, body=None, headers=(), status=False):
    req = urllib.request.Request(BASE + path, method=method, data=json.dumps(body).encode() if body is not None else None)
    req.add_header("Content-Type", "application/json")
    if token:
        req.add_header("Authorization", "Bearer " + token)
    for k, v in headers:
        req.add_header(k, v)
    try:
        with urllib.request.urlopen(req, timeout=60) as r:
            text, code = r.read().decode(), r.status
    except urllib.error.HTTPError as e:
        text, code = e.read().decode(), e.code
    value = json.loads(text) if text.startswith("{") else text
    return (code, value) if status else value


def user(name):
    name += str(time.time_ns())
    r = api("POST", "/api/v1/auth/register", body={"username": name, "email": name + "@example.org", "password": "correct horse battery"})
    return r["access_token"]


def check(name, fn):
    global passed, failed
    try:
        fn()
        passed += 1
        print(f"  ok    {name}", flush=True)
    except Exception as e:  # a test that fails goes on with the next one
        failed += 1
        print(f"  FAIL  {name}\n        {type(e).__name__}: {e} (line {e.__traceback__.tb_next.tb_lineno})", flush=True)


def expect(got, want, what=""):
    assert got == want, f"{what} got {got!r}, expected {want!r}"


def refused(*args, **kw):
    try:
        Socket(PORT, *args, **kw)
    except Refused as r:
        return r.status
    return 101


alice, bob = user("alice"), user("bob")
bot = api("POST", "/api/v1/bots", alice, {"name": "Socket"})["id"]
api("PUT", f"/api/v1/bots/{bot}/provider-keys/house", alice, {"api_key": "sk-canary-ws", "base_url": PROVIDER})


def model(name):
    api("PATCH", f"/api/v1/bots/{bot}", alice, {"configuration": {"llm_provider": "house", "llm_model": name}})
    time.sleep(0.3)


def talk():
    return api("POST", "/api/v1/conversations", alice, {"bot_id": bot})["id"]


def member(conversation, token=None):
    return Socket(PORT, f"/ws/chat/{conversation}", ("chatsphere.v1", "bearer." + (token or alice)))


def stored(conversation):
    return api("GET", f"/api/v1/conversations/{conversation}/messages", alice)["items"]


model("ws?words=12")


def t_turns():
    c = talk()
    s = member(c)
    assert "chatsphere.v1" in s.head and "bearer" not in s.head.lower(), s.head
    s.send(type="message", content="One?", client_id="a-1")
    first = s.until("end")
    expect([m["seq"] for m in first], list(range(1, len(first) + 1)), "seq")
    expect(first[0]["type"], "start")
    expect(first[0]["client_id"], "a-1")
    expect({m["turn_id"] for m in first}, {first[0]["turn_id"]}, "turn ids")
    s.send(type="message", content="Two?")
    second = s.until("end")
    assert "client_id" not in second[0]
    expect(text_of(second), stored(c)[3]["content"], "text")
    s.send(type="ping")
    expect(s.next(), {"type": "pong"})
    s.send_frame(9, b"hello")
    expect(s.frame(), (10, b"hello"))
    s.close()


def t_auth_message():
    c = talk()
    s = Socket(PORT, f"/ws/chat/{c}")
    s.send(type="auth", token=alice)
    s.send(type="message", content="At once?", client_id="x")
    expect(s.until("end")[0]["client_id"], "x")
    s = Socket(PORT, f"/ws/chat/{c}", ())
    s.send(type="auth", token=alice)
    s.send(type="ping")
    expect(s.next(), {"type": "pong"})
    s = Socket(PORT, f"/ws/chat/{c}")
    s.send(type="message", content="Who am I?")
    expect(s.close_code(), 4401)
    s = Socket(PORT, f"/ws/chat/{c}")
    s.send(type="auth", token="nonsense")
    expect(s.close_code(), 4401)
    s = Socket(PORT, f"/ws/chat/{c}")
    s.send(type="auth", token=bob)
    expect(s.close_code(), 4404, "foreign")
    s = Socket(PORT, "/ws/chat/018f0000-0000-7000-8000-000000000000")
    s.send(type="auth", token=bob)
    expect(s.close_code(), 4404, "unknown")


def t_handshake():
    c = talk()
    expect(refused(f"/ws/chat/{c}", ("chatsphere.v1", "bearer.nonsense")), 401)
    expect(refused(f"/ws/chat/{c}", ("chatsphere.v1", "bearer." + bob)), 404)
    expect(refused("/ws/chat/018f0000-0000-7000-8000-000000000000", ("chatsphere.v1", "bearer." + alice)), 404)
    expect(refused(f"/ws/chat/{c}", ("graphql-ws",)), 400)
    expect(refused(f"/ws/chat/{c}", headers=("Origin: https://evil.example",)), 403)
    expect(api("GET", f"/ws/chat/{c}", alice, status=True)[0], 400, "no upgrade")


def t_tabs():
    c = talk()
    a, b = member(c), member(c)
    a.send(type="message", content="Do both tabs see it?", client_id="tab-a")
    ours, theirs = a.until("end"), b.until("end")
    expect(text_of(theirs), text_of(ours), "text")
    expect([m["seq"] for m in theirs if "seq" in m], [m["seq"] for m in ours], "seq")
    assert "client_id" not in theirs[0]
    assert any("Do both tabs see it?" in json.dumps(m) for m in theirs), theirs
    assert not any("Do both tabs see it?" in json.dumps(m) for m in ours)
    answer = api("POST", f"/api/v1/conversations/{c}/messages", alice, {"content": "And of a stream?", "stream": True})
    assert "event: end" in answer
    for s in (a, b):
        heard = s.until("end")
        expect(text_of(heard), stored(c)[3]["content"], "text of the stream")
        assert any("And of a stream?" in json.dumps(m) for m in heard)
        expect(sorted(m["seq"] for m in heard if "seq" in m), list(range(1, len(heard))), "seq of the stream")
    api("POST", f"/api/v1/conversations/{c}/messages", alice, {"content": "And of a whole answer?"})
    expect(text_of(a.until("end")), stored(c)[5]["content"], "text of the whole answer")
    expect(a.quiet(0.3), [], "nothing twice")


def t_resume():
    model("ws?words=40&token=50")
    c, other = talk(), talk()
    s = member(c)
    s.send(type="message", content="Slowly?")
    start = s.next()
    while s.next()["type"] != "delta":
        pass
    s.close()
    s, foreign = member(c), member(other)
    foreign.send(type="resume", turn_id=start["turn_id"], after=0)
    s.send(type="resume", turn_id=start["turn_id"], after=1)
    rest = s.until("end")
    expect([m["seq"] for m in rest], list(range(2, len(rest) + 2)), "seq")
    expect(text_of(rest), stored(c)[1]["content"], "text")
    s.send(type="resume", turn_id=start["turn_id"])
    again = s.until("end")
    expect(text_of(again), text_of(rest), "once more")
    expect(again[0]["type"], "start")
    expect(foreign.quiet(0.3), [], "of another conversation")
    model("ws?words=12")


def t_cancel():
    model("ws?words=400&token=50")
    c = talk()
    s, tab = member(c), member(c)
    s.send(type="message", content="Long?")
    start = s.next()
    s.send(type="message", content="Impatient?", client_id="early")
    while (m := s.next())["type"] != "error":
        pass
    expect((m["client_id"], m["problem"]["status"]), ("early", 409))
    tab.send(type="cancel", turn_id=start["turn_id"])
    expect(s.until("end")[-1]["finish_reason"], "cancelled")
    expect(tab.until("end")[-1]["finish_reason"], "cancelled")
    s.send(type="cancel", turn_id="018f0000-0000-7000-8000-000000000000")
    expect(s.next()["problem"]["status"], 404)
    model("ws?words=12")


def t_wrong_messages():
    s = member(talk())
    for message, field in (({"type": "shout"}, "type"), ({"type": "message"}, "content"), ({"type": "message", "content": 7}, "content"),
                           ({"type": "ping", "x": 1}, "x"), ({"type": "resume", "turn_id": "x", "after": -1}, "after"),
                           ({"type": "message", "content": "x", "client_id": "y" * 65}, "client_id"), ({"type": "message", "content": " "}, "content")):
        s.send(**message)
        m = s.next()
        expect((m["type"], m["problem"]["status"], m["problem"]["errors"][0]["field"]), ("error", 400, field), message)
    s.send_frame(1, b"{")
    expect(s.next()["problem"]["status"], 400)
    s.send_frame(1, b"[]")
    expect(s.next()["problem"]["status"], 400)
    s.send(type="ping")
    expect(s.next(), {"type": "pong"})


def t_frames():
    c = talk()
    cases = (("unmasked", dict(opcode=1, data=b"{}", masked=False), 1002), ("reserved bit", dict(opcode=1, data=b"{}", rsv=4), 1002),
             ("reserved opcode", dict(opcode=3, data=b"{}"), 1002), ("control frame in parts", dict(opcode=9, data=b"x", fin=False), 1002),
             ("long control frame", dict(opcode=9, data=b"x" * 126), 1002), ("stray continuation", dict(opcode=0, data=b"{}"), 1002),
             ("binary", dict(opcode=2, data=b"{}"), 1003), ("bad UTF-8", dict(opcode=1, data=b"\xc3\x28"), 1007),
             ("too large", dict(opcode=1, data=b'"' + b"x" * 600000 + b'"'), 1009))
    for name, frame, code in cases:
        s = member(c)
        try:
            s.send_frame(**frame)
        except (BrokenPipeError, ConnectionResetError):
            pass
        expect(s.close_code(), code, name)
    s = member(c)
    s.send_frame(8, struct.pack(">H", 1000) + b"bye")
    expect(s.close_code(), 1000, "echo")
    s = member(c)
    s.send_frame(1, b'{"type":', fin=False)
    s.send_frame(9, b"between")
    s.send_frame(0, b'"ping"}')
    expect(s.frame(), (10, b"between"))
    expect(s.next(), {"type": "pong"})


def t_public():
    expect(refused(f"/ws/public/{bot}"), 404, "private")
    api("PATCH", f"/api/v1/bots/{bot}", alice, {"is_public": True, "allowed_origins": ["https://shop.example.org"]})
    time.sleep(2.2)
    expect(refused(f"/ws/public/{bot}", headers=("Origin: https://evil.example",)), 403)
    origin = ("Origin: https://shop.example.org",)
    s = Socket(PORT, f"/ws/public/{bot}", headers=origin)
    s.send(type="message", content="First?", client_id="v")
    first = s.until("end")
    session, token = first[0]["session_id"], first[0]["visitor_token"]
    expect(first[0]["client_id"], "v")
    s.send(type="message", content="Second?", client_id="w")
    m = s.next()
    expect((m["type"], m["client_id"], m["session_id"]), ("start", "w", session))
    assert "visitor_token" not in m
    s.until("end")
    t = Socket(PORT, f"/ws/public/{bot}", ("chatsphere.v1", "bearer." + token), headers=origin)
    t.send(type="message", content="Third?")
    third = t.until("end")
    expect(third[0]["session_id"], session)
    expect(text_of(s.until("end")), text_of(third), "the other tab")
    u = Socket(PORT, f"/ws/public/{bot}", headers=origin)
    u.send(type="auth", token=token)
    u.send(type="resume", turn_id=third[0]["turn_id"])
    expect(text_of(u.until("end")), text_of(third), "resumed")
    v = Socket(PORT, f"/ws/public/{bot}", headers=origin)
    v.send(type="message", content="Another one?")
    v.until("end")
    v.send(type="resume", turn_id=third[0]["turn_id"])
    v.send(type="cancel", turn_id=third[0]["turn_id"])
    expect(v.next()["problem"]["status"], 404, "another visitor's turn")
    expect(v.quiet(0.3), [])
    expect(refused(f"/ws/public/{bot}", ("chatsphere.v1", "bearer.nonsense"), headers=origin), 401)


for name, fn in (("several turns on one socket, numbered and stored as they were said", t_turns),
                 ("a token by message, with what follows at once", t_auth_message),
                 ("what a handshake is refused for", t_handshake),
                 ("two tabs see every frame, also of turns that came by HTTP", t_tabs),
                 ("a turn goes on after a new connection", t_resume),
                 ("a turn is cancelled from another tab", t_cancel),
                 ("a wrong message says what is wrong, and the socket goes on", t_wrong_messages),
                 ("broken frames are closed with their code", t_frames),
                 ("visitors: a session by the first message, and the same one by its token", t_public)):
    check(name, fn)
print(f"sockets: {passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
