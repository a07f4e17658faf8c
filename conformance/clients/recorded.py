"""Replays what a client once sent, byte for byte: `recordings/*.jsonl`, which `recordings/record.py` makes.

The values that a session gets from earlier answers stand in the recordings as words of capitals.
"""

import base64
import dataclasses
import http.client
import json
import pathlib

RECORDINGS = pathlib.Path(__file__).parent / "recordings"


@dataclasses.dataclass
class Answer:
    """The request as it was sent, and what came back."""

    request: str
    sent: str
    status: int
    text: str

    @property
    def json(self):
        return json.loads(self.text)


class Replay:
    """A session of `client` with a server; `values` has the words of capitals and what stands for them."""

    def __init__(self, server, client, **values):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.values = values
        self.answers = []
        lines = (RECORDINGS / f"{client}.jsonl").read_text(encoding="utf-8").splitlines()
        self.waiting = [json.loads(line) for line in lines]

    def put_in(self, text):
        for word, value in self.values.items():
            text = text.replace(word, value)
        return text

    def next(self):
        """Sends the next request of the recording."""
        line = self.waiting.pop(0)
        target = self.put_in(line["target"])
        body = base64.b64decode(line["base64"]) if "base64" in line else self.put_in(line["body"]).encode()
        self.connection.putrequest(line["method"], target, skip_accept_encoding=True)
        for name, value in line["headers"]:
            # No recording is about compressed answers.
            self.connection.putheader(name, "identity" if name.lower() == "accept-encoding" else value)
        if body or line["method"] != "GET":
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body)
        response = self.connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        self.answers.append(Answer(f"{line['method']} {target}", body.decode("utf-8", "replace"), response.status, text))
        return self.answers[-1]

    def rest(self):
        """Sends what is left, and returns those requests that were refused."""
        while self.waiting:
            self.next()
        return [answer for answer in self.answers if answer.status != 200]

    def to(self, route):
        """The answers to the requests of a route."""
        return [answer for answer in self.answers if route in answer.request]
