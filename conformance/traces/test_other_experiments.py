"""A trace belongs to one experiment, and an assessment to one trace."""

import os

import pytest

from rest import assert_error, assert_invalid

pytestmark = [pytest.mark.mlflow3, pytest.mark.since("3.18")]


@pytest.fixture
def v3(rest):
    return rest.below("/api/3.0/mlflow/")


@pytest.fixture
def start(v3):
    """Says what a trace is as a whole."""

    def start(trace_id, experiment, **fields):
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
        info = {"trace_id": trace_id, "trace_location": place, "state": "OK", **fields}
        info.setdefault("request_time", "2025-01-01T00:00:00Z")
        return v3.post("traces", {"trace": {"trace_info": info}})

    return start


@pytest.fixture
def trace_id():
    return f"tr-{os.urandom(16).hex()}"


def assessment(assessment_id):
    source = {"source_type": "HUMAN", "source_id": "me"}
    name = {"assessment_id": assessment_id, "assessment_name": "good"}
    return {**name, "feedback": {"value": True}, "source": source}


def test_a_trace_stays_in_its_experiment(v3, rest, start, experiment, unique, trace_id):
    elsewhere = rest.experiment(unique("elsewhere"))
    assert start(trace_id, experiment).status == 200
    assert_invalid(
        start(trace_id, elsewhere), f"Trace with ID '{trace_id}' already exists in another experiment."
    )
    found = v3.ok("GET", f"traces/{trace_id}")["trace"]["trace_info"]
    assert found["trace_location"]["mlflow_experiment"]["experiment_id"] == experiment
    assert start(trace_id, experiment, state="ERROR").status == 200


def test_spans_stay_in_their_experiment(v3, rest, start, experiment, unique, trace_id):
    elsewhere = rest.experiment(unique("elsewhere"))
    assert start(trace_id, experiment).status == 200

    def export(to):
        span = {
            "traceId": trace_id[3:],
            "spanId": os.urandom(8).hex(),
            "name": "s",
            "startTimeUnixNano": "1700000000000000000",
            "endTimeUnixNano": "1700000001000000000",
        }
        message = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
        return rest.send("POST", "/v1/traces", json=message, headers={"x-mlflow-experiment-id": to})

    refused = export(elsewhere)
    assert refused.status == 400 and b"already exists in another experiment" in refused.content
    assert export(experiment).status == 200
    found = v3.ok("GET", "traces/get", query={"trace_id": trace_id})["trace"]
    assert len(found["spans"]) == 1


def test_an_assessment_stays_on_its_trace(start, experiment, trace_id):
    mine = f"a-{os.urandom(8).hex()}"
    other = f"tr-{os.urandom(16).hex()}"
    assert start(trace_id, experiment, assessments=[assessment(mine)]).status == 200
    assert start(other, experiment).status == 200
    assert_invalid(
        start(other, experiment, assessments=[assessment(mine)]),
        f"Assessment with ID '{mine}' belongs to another trace.",
    )
    assert start(trace_id, experiment, assessments=[assessment(mine)]).status == 200


@pytest.mark.parametrize("wrong", ["a/b", "../x", ".", "..", " ", "x. "])
def test_an_id_is_one_part_of_a_path(start, experiment, wrong):
    refused = start(wrong, experiment)
    assert_invalid(refused)
    assert refused.json["message"].endswith("must be a single path component")


@pytest.mark.parametrize("wrong", ["a%b", "a?b", "a#b", "a\nb", "a\x7fb"])
def test_an_id_means_one_path(start, experiment, wrong):
    refused = start(wrong, experiment)
    assert_invalid(refused)
    assert refused.json["message"].endswith("must not contain '%', '?', '#' or control characters")


def test_what_the_server_keeps_is_not_the_clients(v3, start, experiment, trace_id):
    tags = {
        "mlflow.artifactLocation": "s3://elsewhere",
        "mlflow.trace.spansLocation": "elsewhere",
        "mlflow.trace.archiveLocation": "elsewhere",
        "fruit": "pear",
    }
    made = start(trace_id, experiment, tags=tags).json["trace"]["trace_info"]
    assert made["tags"]["fruit"] == "pear"
    assert made["tags"]["mlflow.artifactLocation"].endswith(f"/{trace_id}/artifacts")
    assert "mlflow.trace.archiveLocation" not in made["tags"]
    key = "mlflow.artifactLocation"
    for operation, answer in {
        "set": v3.patch(f"traces/{trace_id}/tags", {"key": key, "value": "x"}),
        "deleted": v3.send("DELETE", f"traces/{trace_id}/tags", json={"key": key}),
    }.items():
        message = f"Tag '{key}' is immutable and cannot be {operation} on a trace."
        assert_error(answer, 400, "INVALID_PARAMETER_VALUE", message)


def test_a_preview_may_hold_nul(start, experiment, trace_id):
    made = start(trace_id, experiment, request_preview="a\0b", response_preview="\0")
    made = made.json["trace"]["trace_info"]
    assert (made["request_preview"], made["response_preview"]) == ("a\ufffdb", "\ufffd")
