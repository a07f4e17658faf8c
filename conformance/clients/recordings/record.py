"""Records what a client sends: starts its program against a server that answers `{}` to everything.

    python record.py r Rscript r.R
    python record.py go go run go.go
    python record.py typescript node typescript.mjs

The programs get the server's address as their last argument and write EXPERIMENT_ID, RUN_ID, NAME and so on where a real
session would have values of its own or of earlier answers. `clients/recorded.py` puts those in, and sends the rest as it
stands here: every header in its order and spelling, every byte of the bodies.
"""

import base64
import json
import pathlib
import socketserver
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler

HERE = pathlib.Path(__file__).parent


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lines: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        # The replay says whom it talks to, and how long the body is once it has values.
        headers = [[name, value] for name, value in self.headers.items() if name.lower() not in ("host", "content-length")]
        # `self.path` would have lost a slash of two.
        line = {"method": self.command, "target": self.requestline.split(" ")[1], "headers": headers}
        try:
            line["body"] = body.decode()
        except UnicodeDecodeError:
            line["base64"] = base64.b64encode(body).decode()
        self.lines.append(json.dumps(line, ensure_ascii=False))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_PATCH = do_PUT = do_DELETE = do_POST

    def log_message(self, *_):
        pass


def main(name, *command):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Recorder)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    subprocess.run([*command, f"http://127.0.0.1:{server.server_address[1]}"], cwd=HERE, check=True)
    (HERE / f"{name}.jsonl").write_text("".join(line + "\n" for line in Recorder.lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
