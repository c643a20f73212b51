"""receiver.py <log>: a receiver of webhooks on a free port of 127.0.0.1, which it prints.

What it answers depends on the first part of the path: hang (nothing for 60 s), flaky (500 the first time that it gets a
webhook-id, then 200), redirect (302 to /redirected), or a status such as 410; all else 200. Each request is a line of the log,
a JSON object with path, headers and body.
"""
import http.server
import json
import sys
import threading
import time

lock = threading.Lock()
seen = set()
log = open(sys.argv[1], 'a', buffering=1, encoding='utf-8')


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        kind, event = self.path.split('/')[1], (self.path, self.headers.get('webhook-id'))
        with lock:
            again = event in seen
            seen.add(event)
            log.write(json.dumps({'path': self.path, 'headers': dict(self.headers), 'body': body.decode()}) + '\n')
        if kind == 'hang':
            time.sleep(60)
        status = 302 if kind == 'redirect' else 500 if kind == 'flaky' and not again else int(kind) if kind.isdigit() else 200
        self.send_response(status)
        if status == 302:
            self.send_header('Location', 'http://127.0.0.1:%d/redirected' % self.server.server_port)
        self.send_header('Content-Length', '5')
        self.end_headers()
        self.wfile.write(b'heard')

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
