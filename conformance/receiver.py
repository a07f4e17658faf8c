"""A receiver of webhooks: a real HTTP server on a free port that keeps what it is sent."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAIT_SECONDS = 60


class Receiver:
    """`answers` maps a path to the statuses that it answers with, one after the other; 200 beyond."""

    def __init__(self):
        self.requests = []
        self.answers = {}
        self.headers = {}
        self.hold = threading.Event()
        self.hold.set()
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.path.startswith("/held"):
                    receiver.hold.wait(WAIT_SECONDS)
                with receiver.lock:
                    receiver.requests.append((self.path, dict(self.headers), body))
                    statuses = receiver.answers.get(self.path, [])
                    status = statuses.pop(0) if statuses else 200
                self.send_response(status)
                for name, value in receiver.headers.get(self.path, {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"heard")

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def of(self, path):
        """What came to this path: headers and body."""
        with self.lock:
            return [(headers, body) for where, headers, body in self.requests if where == path]

    def bodies(self, path):
        return [json.loads(body) for _, body in self.of(path)]

    def wait(self, path, count=1):
        """Waits until this many requests came to the path, and returns them."""
        self.wait_until(lambda: len(self.of(path)) >= count)
        return self.of(path)

    def wait_until(self, enough):
        """Waits until what came is enough."""
        end = time.monotonic() + WAIT_SECONDS
        while not enough():
            if time.monotonic() > end:
                raise AssertionError(f"too little came: {self.requests}")
            time.sleep(0.05)

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
