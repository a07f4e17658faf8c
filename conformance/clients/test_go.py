"""Programs in Go: an address with two slashes, numbers left out where they are zero, or 64-bit numbers as text."""

import math

import pytest

from recorded import Replay
from rest import pairs


@pytest.fixture
def session(server, unique):
    session = Replay(server, "go", NAME=unique("go"))
    created = session.next()
    assert created.status == 200, created.text
    session.values["EXPERIMENT_ID"] = created.json["experiment_id"]
    assert session.next().json["experiment"]["tags"] == [{"key": "language", "value": "go"}]
    session.values["RUN_ID"] = session.next().json["run"]["info"]["run_id"]
    return session


def points(rest, session, key):
    found = rest.history(session.values["RUN_ID"], key)["metrics"]
    return sorted((point["step"], float(point["value"]), point["timestamp"]) for point in found)


def test_what_a_go_program_logs(session, rest):
    assert session.rest() == []
    run = rest.read_run(session.values["RUN_ID"])
    assert (run["info"]["run_name"], run["info"]["status"]) == (session.values["NAME"], "FINISHED")
    assert (run["info"]["start_time"], run["info"]["end_time"]) == (1764561230000, 1764561300000)
    assert pairs(run["data"]["params"]) == {"rate": "1e-05", "empty": "", "seed": "42"}
    assert pairs(run["data"]["tags"])["html"] == "<a & b>"
    assert points(rest, session, "loss") == [(0, 1e-9, 1764561234567), (1, 1e21, 1764561234568)]
    assert points(rest, session, "zero") == [(3, 0, 0)]
    # No double holds this step.
    large = 9007199254740993
    assert points(rest, session, "accuracy") == [(0, 0.5, 1764561234567), (large, 1, 1764561234567)]
    unknown, proto = points(rest, session, "proto")
    assert proto == (large, 2.5, 1764561234567)
    assert unknown[0] == 0 and math.isnan(unknown[1])
    assert points(rest, session, "worst") == [(0, -1.7976931348623157e308, 1764561234567)]
    assert points(rest, session, "batch") == [(7, 1.5, 1764561234567)]
    for answer in session.to("runs/search"):
        assert [found["info"]["run_id"] for found in answer.json["runs"]] == [session.values["RUN_ID"]]
    (history,) = session.to("metrics/get-history")
    assert len(history.json["metrics"]) == 2
