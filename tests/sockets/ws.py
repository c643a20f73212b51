"""A WebSocket client of the standard library: frames as they are, so that a test can break every rule."""
import base64, json, os, select, socket, struct, time


class Closed(Exception):
    def __init__(self, code):
        super().__init__(f"closed {code}")
        self.code = code


class Refused(Exception):
    def __init__(self, status, head):
        super().__init__(f"refused {status}")
        self.status, self.head = status, head


class Socket:
    def __init__(self, port, path, protocols=("chatsphere.v1",), headers=(), timeout=30):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.timeout, self.buf, self.frames = timeout, b"", []
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers]
        if protocols:
            lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
        self.s.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buf:
            self.fill()
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        status = int(self.head.split()[1])
        if status != 101:
            raise Refused(status, self.head)

    def fill(self):
        data = self.s.recv(65536)
        if not data:
            raise Closed(0)
        self.buf += data

    def send_frame(self, opcode, data=b"", fin=True, rsv=0, masked=True):
        b0, n = (0x80 if fin else 0) | rsv << 4 | opcode, len(data)
        m = 0x80 if masked else 0
        head = bytes([b0, m | n]) if n < 126 else bytes([b0, m | 126]) + struct.pack(">H", n) if n < 65536 else \
            bytes([b0, m | 127]) + struct.pack(">Q", n)
        if masked:
            key = os.urandom(4)
            data = bytes(c ^ key[i % 4] for i, c in enumerate(data)) if n < 65536 else \
                int.to_bytes(int.from_bytes(data, "big") ^ int.from_bytes((key * (n // 4 + 1))[:n], "big"), n, "big")
            head += key
        self.s.sendall(head + data)

    def send(self, **message):
        self.send_frame(1, json.dumps(message).encode())

    def frame(self):
        """The next frame: opcode and data."""
        while True:
            if len(self.buf) >= 2:
                n, at = self.buf[1] & 127, 2
                if n == 126 and len(self.buf) >= 4:
                    n, at = struct.unpack(">H", self.buf[2:4])[0], 4
                elif n == 127 and len(self.buf) >= 10:
                    n, at = struct.unpack(">Q", self.buf[2:10])[0], 10
                if n not in (126, 127) or at > 2:
                    if len(self.buf) >= at + n:
                        op, data = self.buf[0] & 15, self.buf[at:at + n]
                        self.buf = self.buf[at + n:]
                        return op, data
            self.fill()

    def next(self):
        """The next message, as JSON; pings are answered."""
        while True:
            op, data = self.frame()
            if op == 1:
                return json.loads(data)
            if op == 9:
                self.send_frame(10, data)
            elif op == 8:
                raise Closed(struct.unpack(">H", data[:2])[0] if data else 1005)

    def until(self, kind, turn=None):
        """All messages up to the next of this type."""
        out = []
        while True:
            out.append(self.next())
            if out[-1]["type"] == kind and (turn is None or out[-1].get("turn_id") == turn):
                return out

    def quiet(self, seconds):
        """The messages that come within the time."""
        out, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.buf and not select.select([self.s], [], [], max(0, end - time.monotonic()))[0]:
                break
            out.append(self.next())
        return out

    def close_code(self):
        try:
            while True:
                self.next()
        except Closed as c:
            return c.code
        except ConnectionResetError:
            return 0

    def close(self):
        self.s.close()


def text_of(messages):
    return "".join(m["text"] for m in messages if m["type"] == "delta")
