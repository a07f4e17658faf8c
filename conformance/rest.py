"""A bare HTTP view of a server: what goes over the wire, without the MLflow client."""

import dataclasses
import json as json_text
import typing

import requests


@dataclasses.dataclass
class Answer:
    """Status, headers and body of one response."""

    status: int
    headers: typing.Mapping[str, str]
    content: bytes

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    @property
    def json(self):
        return json_text.loads(self.content)

    @property
    def error_code(self):
        return self.json["error_code"]

    @property
    def message(self):
        return self.json["message"]


class Rest:
    """Sends requests to one server; a route without a leading slash is below `prefix`."""

    def __init__(self, url, prefix="/api/2.0/mlflow/"):
        self.url = url
        self.prefix = prefix
        self.session = requests.Session()
        self.session.trust_env = False

    def below(self, prefix):
        """The same server below another prefix, such as `/ajax-api/2.0/mlflow/`."""
        return Rest(self.url, prefix)

    def send(self, method, route, **arguments):
        path = route if route.startswith("/") else self.prefix + route
        arguments.setdefault("timeout", 60)
        response = self.session.request(method, self.url + path, **arguments)
        return Answer(response.status_code, response.headers, response.content)

    def get(self, route, query=None, **arguments):
        return self.send("GET", route, params=query, **arguments)

    def post(self, route, body=None, **arguments):
        return self.send("POST", route, json={} if body is None else body, **arguments)

    def patch(self, route, body=None, **arguments):
        return self.send("PATCH", route, json={} if body is None else body, **arguments)

    def delete(self, route, body=None, **arguments):
        return self.send("DELETE", route, json={} if body is None else body, **arguments)

    def ok(self, method, route, body=None, query=None, **arguments):
        """Sends a request that must succeed and returns its JSON."""
        if body is not None or method != "GET":
            arguments["json"] = {} if body is None else body
        answer = self.send(method, route, params=query, **arguments)
        assert answer.status == 200, f"{method} {route}: {answer.status} {answer.text[:2000]}"
        return answer.json if answer.content else {}

    def export_spans(self, experiment_id, message):
        """Sends an OTLP export request in protobuf, all of which must be taken."""
        headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment_id}
        answer = self.send("POST", "/v1/traces", data=message.SerializeToString(), headers=headers)
        assert answer.status == 200, answer.text

    # The few calls that nearly every test needs for its set-up.

    def experiment(self, name, **fields):
        return self.ok("POST", "experiments/create", {"name": name, **fields})["experiment_id"]

    def run(self, experiment_id, **fields):
        body = {"experiment_id": experiment_id, "start_time": 1, **fields}
        return self.ok("POST", "runs/create", body)["run"]["info"]["run_id"]

    def read_run(self, run_id):
        return self.ok("GET", "runs/get", query={"run_id": run_id})["run"]

    def model(self, experiment_id, **fields):
        body = {"experiment_id": experiment_id, **fields}
        return self.ok("POST", "logged-models", body)["model"]["info"]["model_id"]

    def log_metric(self, run_id, key, value, timestamp=1, step=0, **fields):
        body = {"run_id": run_id, "key": key, "value": value, "timestamp": timestamp, "step": step}
        self.ok("POST", "runs/log-metric", {**body, **fields})

    def history(self, run_id, key, **query):
        query = {"run_id": run_id, "metric_key": key, **query}
        return self.ok("GET", "metrics/get-history", query=query)


def pairs(items, name="key", value="value"):
    """A list of `{key, value}` objects as a dictionary; a repeated key is an error."""
    found = {item[name]: item.get(value) for item in items}
    assert len(found) == len(items), f"repeated keys in {items}"
    return found


def assert_error(answer, status, code, message=None):
    """Holds an error answer against status, code and, if given, the exact message."""
    assert answer.status == status, f"{answer.status}: {answer.text[:2000]}"
    assert answer.json.get("error_code") == code, answer.text[:2000]
    if message is not None:
        assert answer.json.get("message") == message


def assert_invalid(answer, message=None):
    assert_error(answer, 400, "INVALID_PARAMETER_VALUE", message)


def assert_missing(answer, message=None):
    assert_error(answer, 404, "RESOURCE_DOES_NOT_EXIST", message)


def assert_refused(answer):
    """A refusal that names no code: used where the reference fails with a stack trace."""
    assert 400 <= answer.status < 500, f"{answer.status}: {answer.text[:2000]}"
