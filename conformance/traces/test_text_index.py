"""The index of the text in spans, which a server keeps when told to."""

import os
import time

import pytest
import requests

import servers
from rest import Rest
from databases import execute

ON = ("--trace-text-index", "on")
pytestmark = pytest.mark.headwater_only(reason="the reference has no such index")


def export(server, experiment, name, text):
    """One trace of one span; returns its id."""
    trace = os.urandom(16)
    span = {
        "traceId": trace.hex(),
        "spanId": os.urandom(8).hex(),
        "name": name,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
        "attributes": [{"key": "mlflow.spanInputs", "value": {"stringValue": text}}],
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    answer = requests.post(
        server.url + "/v1/traces", json=body, headers={"x-mlflow-experiment-id": experiment}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return f"tr-{trace.hex()}"


def found(server, experiment, condition):
    body = {
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}],
        "filter": condition,
    }
    answer = Rest(server.url).ok("POST", "/api/3.0/mlflow/traces/search", body)
    return [trace["trace_id"] for trace in answer.get("traces", [])]


def test_words_are_found_with_it(start_server):
    server = start_server("postgres", arguments=ON)
    experiment = Rest(server.url).experiment("indexed")
    is_valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('hw_spans_text')"
    end = time.monotonic() + 60
    while execute(server.store_uri, is_valid) != [(True,)]:
        assert time.monotonic() < end, server.log_tail()
        time.sleep(0.1)
    one = export(server, experiment, "look up", "Where is the QUETZAL of order 7?")
    export(server, experiment, "look up", "Where is the marigold of order 8?")
    assert found(server, experiment, "trace.text ILIKE '%quetzal%'") == [one]
    assert found(server, experiment, "span.content LIKE '%QUETZAL%'") == [one]
    assert found(server, experiment, "trace.text LIKE '%quetzal%'") == []
    assert found(server, experiment, "trace.text ILIKE '%of order _?%' AND trace.text ILIKE '%uetz%'") == [one]
    assert len(found(server, experiment, "trace.text ILIKE '%er%'")) == 2


def test_sqlite_has_none(start_server):
    with pytest.raises(servers.ServerDied, match="needs PostgreSQL"):
        start_server("sqlite", arguments=ON)
