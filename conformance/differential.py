"""Sends raw requests to MLflow servers and compares the answers.

    python differential.py record  URL [CORPUS...]     # write the answers beside the corpus
    python differential.py replay  URL [CORPUS...]     # hold a server against the written answers
    python differential.py compare URL URL [CORPUS...] # hold one server against another, live
    python differential.py show CORPUS...              # print requests and written answers

A corpus is a file of JSON lines, one request each; lines that start with `#` are comments.

    {"method": "POST", "path": "runs/create", "body": {"experiment_id": "<<e>>"}, "save": {"r": "run.info.run_id"}}

`path` is below `/api/2.0/mlflow/` unless it starts with a slash. `query` is an object, a list of pairs
or a text; `body` is JSON, `text` a body as it stands, `base64` a body of any bytes, `headers` replace
or, when null, remove headers. `<<name>>` is a value saved from an earlier answer, `<<unique>>` a word
that differs in every run, `<<a*300>>` a repetition. `{"$repeat": n, "of": x}` is a list of n times x,
where `<<i>>` counts.

How an answer is compared: `"compare"` is `exact` (the default), `message` (status, error code and
message), `code` (status and error code), `status`, `either` (the recorded status, or a refusal: for
what the reference takes and then silently ignores), `refused` (any 4xx, whatever was recorded), or
`survived` (no 5xx: for what the reference breaks at and another may well answer).
`"fixed": true` keeps the path where it is when the corpus is played below `/ajax-api`;
`"engines": ["sqlite"]` limits a request to one engine. `"since": "3.18"` says that MLflow has answered so since that
release. A recorded 5xx means `refused`. `note` says why.
`"whole": true` marks what is answered outside the routes, and so only by a whole server. `crates/it`
replays all else in process, on both engines.
"""

import base64
import datetime
import json
import math
import pathlib
import re
import sys
import time
import uuid

import requests
from packaging.version import Version

FOLDER = pathlib.Path(__file__).parent / "differential"
PREFIX = "/api/2.0/mlflow/"
PLACEHOLDER = re.compile(r"<<([^<>]+)>>")
TIME_FIELDS = re.compile(
    r"(creation|create|created|completed|last_seen|last_update|last_updated|request|start|end)_(at|time(stamp)?(_ms)?)|"
    r"timestamp(_ms)?|(creation|lastUpdate|start|end)Time"
)
RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,3}")
HEX_ID = re.compile(
    r"(?<![0-9a-f])(m-)?([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f])"
)
STORED = "mlflow-artifacts:/"
# Shorter values, such as the number of an experiment, are only looked for where ids stand.
LONG_ENOUGH = 8
ID_FIELDS = {"experiment_id", "experimentId", "experiment_ids"}
ID_TEXTS = {
    "message",
    "detail",
    "artifact_uri",
    "artifactUri",
    "artifact_location",
    "artifactLocation",
    "root_uri",
    "rootUri",
}
# JSON in a string, with times of its own.
JSON_FIELDS = {"records", "serialized_scorer", "tags"}
UNORDERED = {"dataset_summaries", "datasetSummaries", "latest_versions"}
# A set in a message of the reference, whose order differs from process to process.
PYTHON_SET = re.compile(r"\{('[^{}]*')\}")
TOKEN_FIELDS = {"next_page_token", "nextPageToken"}
# Failures that are part of the contract: the reference means them.
MEANT_FAILURES = {"INVALID_STATE", "NOT_IMPLEMENTED"}
DAY_MILLISECONDS = 86_400_000
TIMEOUT_SECONDS = 120


def load(corpus):
    """The requests of one corpus file, in order."""
    found = []
    for number, line in enumerate((FOLDER / f"{corpus}.jsonl").read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                found.append({"line": number, **json.loads(line)})
            except ValueError as error:
                raise ValueError(f"{corpus}.jsonl:{number}: {error}") from error
    return found


def corpora():
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def needs_a_whole_server(corpus):
    return any(request.get("whole") for request in load(corpus))


def answers_path(corpus):
    return FOLDER / "answers" / f"{corpus}.json"


class Player:
    """Plays one corpus against one server, and remembers the values it saved."""

    def __init__(self, url, api="api"):
        self.url = url.rstrip("/")
        self.api = api
        self.session = requests.Session()
        self.session.trust_env = False
        self.saved = {"unique": "u" + uuid.uuid4().hex[:10]}

    def release(self):
        """The release of MLflow that the server says it is."""
        return Version(self.session.get(f"{self.url}/version", timeout=TIMEOUT_SECONDS).text)

    def fill(self, value, count=0):
        """Replaces the placeholders in a value; a value that is one placeholder keeps its type."""
        if isinstance(value, str):
            whole = PLACEHOLDER.fullmatch(value)
            if whole:
                return self.lookup(whole.group(1), count)
            return PLACEHOLDER.sub(lambda found: str(self.lookup(found.group(1), count)), value)
        if isinstance(value, list):
            return [self.fill(item, count) for item in value]
        if isinstance(value, dict):
            if "$repeat" in value:
                return [self.fill(value["of"], index) for index in range(value["$repeat"])]
            return {self.fill(key, count): self.fill(item, count) for key, item in value.items()}
        return value

    def lookup(self, name, count):
        if name == "i":
            return str(count)
        text, star, times = name.partition("*")
        if star and times.isdigit():
            return text * int(times)
        return self.saved[name]

    def play(self, request):
        """Sends one request and returns its normalised answer."""
        method, path = request["method"], self.fill(request["path"])
        if not path.startswith("/"):
            path = PREFIX + path
        if self.api != "api" and not request.get("fixed"):
            path = re.sub(r"^/api/", f"/{self.api}/", path)
        body, headers = self.body(request)
        query = request.get("query")
        if isinstance(query, list):
            query = [tuple(pair) for pair in query]
        response = self.send(method, path, self.fill_query(query), body, headers)
        answer = {"status": response.status_code, "body": self.read(response)}
        for name, where in request.get("save", {}).items():
            self.saved[name] = dig(answer["body"], where, request)
        return self.normalise(answer)

    def fill_query(self, query):
        if isinstance(query, list):
            return [(self.fill(key), self.fill(value)) for key, value in query]
        return self.fill(query)

    def body(self, request):
        headers = {}
        body = None
        if "body" in request:
            body = json.dumps(self.fill(request["body"])).encode()
            headers["Content-Type"] = "application/json"
        elif "text" in request:
            body = self.fill(request["text"]).encode()
            headers["Content-Type"] = "application/json"
        elif "base64" in request:
            body = base64.b64decode(request["base64"])
            headers["Content-Type"] = "application/json"
        headers.update(self.fill(request.get("headers", {})))
        return body, headers

    def send(self, method, path, query, body, headers):
        """Sends the path exactly as written: no dot segment is resolved on the way."""
        prepared = self.session.prepare_request(
            requests.Request(method, self.url, params=query, data=body, headers=headers)
        )
        _, mark, text = prepared.url.partition("?")
        prepared.url = self.url + path + mark + text
        try:
            return self.session.send(prepared, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.ConnectionError:
            # A server that refused the previous request unread may close the kept connection.
            self.session.close()
            return self.session.send(prepared, timeout=TIMEOUT_SECONDS, allow_redirects=False)

    @staticmethod
    def read(response):
        try:
            return json.loads(response.content)
        except ValueError:
            text = response.content.decode("utf-8", "replace")
            return "<html>" if text.lstrip().startswith("<") else text[:2000]

    def normalise(self, answer):
        body = answer["body"]
        if isinstance(body, (dict, list)):
            body = self.normal(body)
        elif isinstance(body, str):
            body = self.rename(body)
        return {"status": answer["status"], "body": body}

    def normal(self, value, key=None):
        if isinstance(value, dict):
            fields = {name: self.normal(item, name) for name, item in value.items()}
            if "dataset_id" in fields and "digest" in fields:
                # Made of the data set's name and its times.
                fields["digest"] = "<digest>"
            return fields
        if isinstance(value, list):
            items = [self.normal(item, key) for item in value]
            # Tags, params and the latest metrics have no order; a history has, under one key.
            if items and all(isinstance(item, dict) and "key" in item for item in items):
                items.sort(key=lambda item: str(item["key"]))
            if key in UNORDERED:
                items.sort(key=json.dumps)
            return items
        if isinstance(value, float) and not math.isfinite(value):
            return repr(value)
        if isinstance(value, str):
            if key in JSON_FIELDS and (parsed := json_or_none(value)) is not None:
                return self.normal(parsed)
            if key in TOKEN_FIELDS and value:
                return "<token>"
            if RANDOM_NAME.fullmatch(value) and value not in self.saved.values():
                return "<random name>"
            if key and TIME_FIELDS.fullmatch(key) and value.isdigit() and recent(int(value)):
                return "<time as text>"
            if key and TIME_FIELDS.fullmatch(key) and recent(rfc3339(value)):
                return "<time>"
            return self.rename(value, key)
        if key in ID_FIELDS and isinstance(value, int):
            return self.rename(str(value), key)
        if key and TIME_FIELDS.fullmatch(key) and isinstance(value, int) and recent(value):
            return "<time>"
        return value

    def rename(self, text, key=None):
        """Puts the names of saved values in the place of the values."""
        for name, value in sorted(self.saved.items(), key=lambda pair: -len(str(pair[1]))):
            value = str(value)
            if len(value) >= LONG_ENOUGH:
                text = text.replace(value, f"<<{name}>>")
            elif key in ID_FIELDS and text == value:
                return f"<<{name}>>"
            elif (key in ID_TEXTS or text.startswith(STORED)) and value:
                before = r"(id=|\bids? |experiment '?|ID '|/)"
                pattern = rf"{before}{re.escape(value)}(?![\w%]|\.\w)"
                text = re.sub(pattern, rf"\g<1><<{name}>>", text)
                text = re.sub(rf"'{re.escape(value)}/", f"'<<{name}>>/", text)
        if key in ID_FIELDS and text.isdigit():
            return "<id>"
        text = PYTHON_SET.sub(sorted_set, text)
        return HEX_ID.sub("<id>", text)


def sorted_set(found):
    return "{" + ", ".join(sorted(found.group(1).split(", "))) + "}"


def json_or_none(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def rfc3339(text):
    """Milliseconds since 1970; 0 for what is not a time."""
    try:
        return datetime.datetime.fromisoformat(text).timestamp() * 1000
    except ValueError:
        return 0


def recent(milliseconds):
    return abs(milliseconds - time.time() * 1000) < DAY_MILLISECONDS


def dig(body, where, request):
    """The value at a dotted path, such as `runs.0.info.run_id`."""
    value = body
    for step in where.split("."):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError):
            raise AssertionError(f"no {where} in the answer to {request}: {body}") from None
    return value


def differences(request, expected, got, reference=False):
    """What is wrong with `got`, as a list of sentences; empty when it is as expected."""
    how = request.get("compare", "exact")
    if reference and how in ("refused", "either", "survived"):
        return []
    if how == "survived":
        return [] if got["status"] < 500 else [f"status {got['status']}: {short(got['body'])}"]
    if how == "refused" or expected["status"] >= 500:
        if reference or (meant(expected) and got == expected):
            return []
        if 400 <= got["status"] < 500:
            return []
        return [f"status {got['status']} where a refusal is due: {short(got['body'])}"]
    if how == "either" and (got["status"] == expected["status"] or 400 <= got["status"] < 500):
        return []
    found = []
    if expected["status"] != got["status"]:
        found.append(f"status {got['status']} instead of {expected['status']}: {short(got['body'])}")
    if how == "status":
        return found
    if how in ("code", "message"):
        for field in ("error_code", "message")[: 1 if how == "code" else 2]:
            before, after = part(expected["body"], field), part(got["body"], field)
            if before != after:
                found.append(f"{field} is {after!r} instead of {before!r}")
        return found
    found.extend(unequal("", expected["body"], got["body"]))
    return found


def meant(answer):
    return part(answer["body"], "error_code") in MEANT_FAILURES


def part(body, field):
    return body.get(field) if isinstance(body, dict) else None


def unequal(path, expected, got):
    """Where two JSON values differ, in value or in type."""
    if isinstance(expected, dict) and isinstance(got, dict):
        found = []
        for name in sorted(set(expected) | set(got)):
            here = f"{path}.{name}"
            if name not in got:
                found.append(f"{here} is missing, it should be {short(expected[name])}")
            elif name not in expected:
                found.append(f"{here} should not be there: {short(got[name])}")
            else:
                found.extend(unequal(here, expected[name], got[name]))
        return found
    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return [f"{path} has {len(got)} items instead of {len(expected)}: {short(got)}"]
        pairs = zip(expected, got)
        return [text for index, (a, b) in enumerate(pairs) for text in unequal(f"{path}[{index}]", a, b)]
    if type(expected) is not type(got) or expected != got:
        return [f"{path or 'the body'} is {short(got)} instead of {short(expected)}"]
    return []


def short(value, limit=600):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + "…"


def applies(request, engine, release=None):
    """Whether a server on this engine, of this release of MLflow, gives the recorded answer."""
    if release is not None and release < Version(request.get("since", "0")):
        return False
    return engine is None or engine in request.get("engines", [engine])


def describe(corpus, request):
    what = request.get("body", request.get("text", request.get("query", "")))
    return f"{corpus}.jsonl:{request['line']}: {request['method']} {request['path']} {short(what, 300)}"


def record(url, names):
    for corpus in names:
        player = Player(url)
        answers = [player.play(request) for request in load(corpus)]
        answers_path(corpus).parent.mkdir(exist_ok=True)
        lines = ",\n".join(json.dumps(answer, ensure_ascii=False, sort_keys=True) for answer in answers)
        answers_path(corpus).write_text(f"[\n{lines}\n]\n")
        refused = sum(answer["status"] >= 400 for answer in answers)
        failed = sum(answer["status"] >= 500 for answer in answers)
        print(f"{corpus}: {len(answers)} answers, {refused} refusals, {failed} failures of the server")


def show(names):
    for corpus in names:
        for request, answer in zip(load(corpus), recorded(corpus)):
            print(describe(corpus, request))
            body = answer["body"]
            message = part(body, "message")
            if message is not None:
                body = f"{part(body, 'error_code')}: {message}"
            print(f"    {answer['status']} {short(body)}")


def recorded(corpus):
    answers = json.loads(answers_path(corpus).read_text())
    assert len(answers) == len(load(corpus)), f"{corpus} has changed: record its answers again"
    return answers


def replay(url, corpus, engine=None, api="api", reference=False):
    """Plays a corpus and compares with the recorded answers; yields one text per wrong answer.

    The reference itself may fail where it failed when it was recorded.
    """
    player = Player(url, api)
    release = player.release() if reference else None
    for request, expected in zip(load(corpus), recorded(corpus)):
        if not applies(request, engine, release):
            continue
        try:
            found = differences(request, expected, player.play(request), reference)
        except (AssertionError, KeyError, requests.RequestException) as error:
            found = [f"{type(error).__name__}: {error}"]
        if found:
            yield "\n    ".join([describe(corpus, request), *found])


def compare(first, second, corpus):
    """Plays a corpus against two servers at once; yields one text per difference."""
    one, two = Player(first), Player(second)
    two.saved["unique"] = one.saved["unique"]
    for request in load(corpus):
        found = differences(request, one.play(request), two.play(request))
        if found:
            yield "\n    ".join([describe(corpus, request), *found])


def main(arguments):
    action, *rest = arguments or ["help"]
    urls = [argument for argument in rest if argument.startswith("http")]
    names = [argument for argument in rest if argument not in urls] or corpora()
    if action == "record" and len(urls) == 1:
        record(urls[0], names)
        return 0
    if action == "show":
        show(names)
        return 0
    if action == "replay" and len(urls) == 1:
        texts = [text for name in names for text in replay(urls[0], name)]
    elif action == "compare" and len(urls) == 2:
        texts = [text for name in names for text in compare(*urls, name)]
    else:
        print(__doc__)
        return 2
    print("\n".join(texts))
    print(f"{len(texts)} differences")
    return 1 if texts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
