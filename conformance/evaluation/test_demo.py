"""`mlflow demo`, which validates a deployment: what it makes is all there, and made only once."""

import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.mlflow3, pytest.mark.slow, pytest.mark.timeout(900)]

FEATURES = "prompts, traces, custom_view, saved_views, evaluation, judges, issues, review_queues"
EXPERIMENT = "MLflow Demo"

def demo(server, *arguments):
    program = pathlib.Path(sys.executable).with_name("mlflow")
    command = [program, "demo", "--tracking-uri", server.url, "--no-browser", *arguments]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

def found(client):
    experiment = client.get_experiment_by_name(EXPERIMENT)
    traces = client.search_traces(locations=[experiment.experiment_id], max_results=500)
    # The demo draws lots for some assessments: how many there are changes from time to time.
    assert sum(len(trace.info.assessments) for trace in traces) > len(traces)
    return {
        "traces": len(traces),
        "runs": len(client.search_runs([experiment.experiment_id])),
        "prompts": len(client.search_prompts()),
    }

def test_the_demo_is_made_once_and_anew(server, client):
    assert f"Generated: {FEATURES}" in demo(server)
    first = found(client)
    assert min(first.values()) > 2, first
    assert "already exists" in demo(server)
    assert found(client) == first
    assert f"Generated: {FEATURES}" in demo(server, "--refresh")
    assert found(client) == first
