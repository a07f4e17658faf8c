"""What Headwater promises of webhooks beyond MLflow: nothing is lost, nobody waits, all is listed."""

import json
import re
import sqlite3
import time

import pytest
import servers
from mlflow import MlflowClient

from receiver import WAIT_SECONDS, Receiver
from rest import Rest

pytestmark = [pytest.mark.mlflow3, pytest.mark.headwater_only]

ENVIRONMENT = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_REQUEST_TIMEOUT": "2",
    "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES": "1",
}
ALL_OWN = {
    "RUN": ["CREATED", "FINISHED", "DELETED", "RESTORED"],
    "TRACE": ["CREATED", "FINISHED", "DELETED"],
    "ASSESSMENT": ["CREATED", "UPDATED", "DELETED"],
}


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def open_server(start_server, engine):
    return start_server(engine, environment=ENVIRONMENT)


@pytest.fixture
def api(open_server):
    return Rest(open_server.url)


@pytest.fixture
def webhook(api, receiver, unique):
    """Makes a webhook; returns its id and the path at which its receiver hears it."""
    made = []

    def make(*events, path="/hook"):
        path = f"{path}/{unique('w')}-{len(made)}"
        events = [dict(zip(("entity", "action"), event.split(" "))) for event in events]
        body = {"name": unique("w"), "url": receiver.url + path, "events": events}
        made.append(api.ok("POST", "webhooks", body)["webhook"]["webhook_id"])
        return made[-1], path

    yield make
    for each in made:
        api.ok("DELETE", f"webhooks/{each}")


def deliveries(api, webhook_id, **query):
    return api.ok("GET", f"webhooks/{webhook_id}/deliveries", query=query).get("deliveries", [])


def settled(api, webhook_id, count=1):
    """The log, once that many deliveries are neither waiting nor under way."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        log = deliveries(api, webhook_id)
        if sum(each["state"] != "PENDING" for each in log) >= count:
            return log
        time.sleep(0.05)
    raise AssertionError(f"not settled: {log}")


def create_model(api, name):
    api.ok("POST", "registered-models/create", {"name": name})


def test_runs_traces_and_assessments(open_server, api, receiver, webhook, unique):
    _, path = webhook(*(f"{entity} {action}" for entity, actions in ALL_OWN.items() for action in actions))
    client = MlflowClient(open_server.url, open_server.url)
    experiment = client.create_experiment(unique("e"))
    run = client.create_run(experiment, run_name="r").info.run_id
    client.set_terminated(run)
    client.delete_run(run)
    client.restore_run(run)
    trace = f"tr-{unique('t')}"
    info = {
        "trace_id": trace,
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
        "request_time": "2026-01-01T00:00:00Z",
        "execution_duration": "1.5s",
        "state": "OK",
    }
    traces = api.below("/api/3.0/mlflow/")
    traces.ok("POST", "traces", {"trace": {"trace_info": info}})
    given = {"assessment_name": "good", "source": {"source_type": "HUMAN", "source_id": "me"}, "feedback": {"value": True}}
    made = traces.ok("POST", f"traces/{trace}/assessments", {"assessment": given})["assessment"]["assessment_id"]
    change = {"assessment": {"feedback": {"value": False}}, "update_mask": "feedback"}
    traces.ok("PATCH", f"traces/{trace}/assessments/{made}", change)
    traces.ok("DELETE", f"traces/{trace}/assessments/{made}")
    traces.ok("POST", "traces/delete-traces", {"experiment_id": experiment, "request_ids": [trace]})
    receiver.wait(path, 10)
    heard = {f"{each['entity']}.{each['action']}": each["data"] for each in receiver.bodies(path)}
    assert len(receiver.of(path)) == len(heard) == 10
    assert heard["run.created"]["run_name"] == "r"
    assert (heard["run.finished"]["run_id"], heard["run.finished"]["status"]) == (run, "FINISHED")
    assert heard["run.deleted"] == heard["run.restored"] == {"run_id": run, "experiment_id": experiment}
    described = {
        "trace_id": trace,
        "experiment_id": experiment,
        "state": "OK",
        "request_time": 1767225600000,
        "execution_duration_ms": 1500,
    }
    assert heard["trace.created"] == heard["trace.finished"] == described
    assert heard["trace.deleted"] == {"trace_id": trace, "experiment_id": experiment}
    assessment = {"assessment_id": made, "trace_id": trace, "name": "good", "kind": "feedback", "value": True}
    assert heard["assessment.created"] == assessment
    assert heard["assessment.updated"] == {**assessment, "value": False}
    assert heard["assessment.deleted"] == {"assessment_id": made, "trace_id": trace}


def test_nothing_is_lost_when_the_server_is_killed(kind, engine, databases, tmp_path_factory, receiver, unique):
    store, folder = databases(engine), tmp_path_factory.mktemp("killed")
    path = f"/held/{unique('killed')}"
    receiver.hold.clear()
    server = servers.start(kind, folder, store, engine, environment=ENVIRONMENT)
    api = Rest(server.url)
    event = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
    hook = {"name": "w", "url": receiver.url + path, "events": [event]}
    webhook_id = api.ok("POST", "webhooks", hook)["webhook"]["webhook_id"]
    names = [f"{unique('m')}-{number}" for number in range(20)]
    for name in names:
        create_model(api, name)
    before = {each["event_id"] for each in deliveries(api, webhook_id)}
    server.kill()
    receiver.hold.set()
    server = servers.start(kind, folder, store, engine, environment=ENVIRONMENT)
    try:
        log = settled(Rest(server.url), webhook_id, len(names))
    finally:
        server.stop()
    assert {each["event_id"] for each in log} == before
    assert {each["state"] for each in log} == {"DELIVERED"}
    heard = {}
    for headers, body in receiver.of(path):
        name = json.loads(body)["data"]["name"]
        heard.setdefault(name, set()).add(headers["x-mlflow-delivery-id"])
    assert sorted(heard) == sorted(names)
    assert all(len(ids) == 1 for ids in heard.values())
    assert set.union(*heard.values()) == before


def test_a_slow_receiver_delays_nobody_else(api, receiver, webhook, unique):
    slow, slow_path = webhook("REGISTERED_MODEL CREATED", path="/held")
    _, quick = webhook("REGISTERED_MODEL CREATED")
    receiver.hold.clear()
    try:
        for number in range(30):
            create_model(api, f"{unique('m')}-{number}")
        receiver.wait(quick, 30)
        assert receiver.of(slow_path) == []
        assert all(each["state"] == "PENDING" for each in deliveries(api, slow))
    finally:
        receiver.hold.set()


def test_given_up_listed_and_sent_again(api, receiver, webhook, unique):
    webhook_id, path = webhook("REGISTERED_MODEL CREATED")
    receiver.answers[path] = [500, 503]
    create_model(api, unique("m"))
    (found,) = settled(api, webhook_id)
    assert (found["state"], found["attempts"], found["response_status"]) == ("FAILED", 2, 503)
    assert (found["entity"], found["action"]) == ("REGISTERED_MODEL", "CREATED")
    assert found["error_message"] == "the receiver answered 503"
    assert "payload" not in found
    route = f"webhooks/{webhook_id}/deliveries/{found['event_id']}"
    whole = api.ok("GET", route)["delivery"]
    assert json.loads(whole["payload"])["data"]["name"] == unique("m")
    assert whole["response_body"] == "heard"
    assert deliveries(api, webhook_id, state="DELIVERED") == []
    assert api.ok("POST", f"{route}/resend")["delivery"]["state"] == "PENDING"
    (again,) = settled(api, webhook_id)
    assert (again["state"], again["event_id"]) == ("DELIVERED", found["event_id"])
    assert [len(deliveries(api, webhook_id, state=state)) for state in ("FAILED", "DELIVERED")] == [0, 1]
    bodies = {body for _, body in receiver.of(path)}
    ids = {headers["x-mlflow-delivery-id"] for headers, _ in receiver.of(path)}
    assert (len(bodies), ids) == (1, {found["event_id"]})
    answer = api.send("POST", f"webhooks/{webhook_id}/deliveries/none/resend", json={})
    assert (answer.status, answer.error_code) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_the_log_comes_page_by_page(api, receiver, webhook, unique):
    webhook_id, path = webhook("REGISTERED_MODEL CREATED")
    for number in range(5):
        create_model(api, f"{unique('m')}-{number}")
    receiver.wait(path, 5)
    found, token = [], None
    while token != "":
        page = api.ok("GET", f"webhooks/{webhook_id}/deliveries", query={"max_results": 2, "page_token": token})
        found += [each["event_id"] for each in page.get("deliveries", [])]
        token = page.get("next_page_token", "")
    assert len(found) == len(set(found)) == 5
    answer = api.send("GET", f"webhooks/{webhook_id}/deliveries", params={"max_results": 0})
    assert (answer.status, answer.message) == (400, "max_results must be between 1 and 1000.")


def test_redirections_repeat_the_request_or_fail(api, receiver, webhook, unique):
    webhook_id, path = webhook("REGISTERED_MODEL CREATED")
    receiver.answers[path] = [307, 302, 302]
    receiver.headers[path] = {"location": f"{receiver.url}/elsewhere{path}"}
    create_model(api, f"{unique('m')}-0")
    settled(api, webhook_id)
    (headers, body), = receiver.of(f"/elsewhere{path}")
    assert json.loads(body)["entity"] == "registered_model"
    create_model(api, f"{unique('m')}-1")
    log = settled(api, webhook_id, 2)
    assert (log[0]["state"], log[0]["response_status"]) == ("FAILED", 302)
    assert len(receiver.of(f"/elsewhere{path}")) == 1


def test_redirections_do_not_lead_inside(start_server, receiver, unique):
    """A server that must not call this machine; its webhook is one of a time when it could."""
    # The address is refused when the webhook is made, and again whenever something is sent.
    server = start_server("sqlite", environment={**ENVIRONMENT, "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "false"})
    api = Rest(server.url)
    event = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
    answer = api.send("POST", "webhooks", json={"name": "w", "url": receiver.url, "events": [event]})
    assert (answer.status, "non-public IP address" in answer.message) == (400, True)
    webhook_id = api.ok("POST", "webhooks", {"name": "w", "url": "http://8.8.8.8/", "events": [event]})["webhook"]["webhook_id"]
    with sqlite3.connect(store_of(server)) as database:
        database.execute("UPDATE webhooks SET url = ?", (receiver.url + "/inside",))
    result = api.ok("POST", f"webhooks/{webhook_id}/test", {})["result"]
    assert (result["success"], "non-public IP address" in result["error_message"]) == (False, True)
    create_model(api, unique("m"))
    (found,) = settled(api, webhook_id)
    assert found["state"] == "FAILED" and "non-public IP address" in found["error_message"]
    assert receiver.of("/inside") == []


def store_of(server):
    """The file of a server's SQLite database, as its own log names it."""
    return re.search(r"sqlite:///(\S+?\.db)", server.log.read_text()).group(1)
