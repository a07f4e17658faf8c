"""Headwater's own demo, by the web page's calls and by its command: the client finds all of it."""

import os
import subprocess

import mlflow
import pytest
from mlflow.genai.datasets import search_datasets
from mlflow.genai.scorers import list_scorers

import servers
from rest import Rest, assert_invalid

pytestmark = [pytest.mark.mlflow3, pytest.mark.headwater_only]

NAME = "Headwater Demo"
FEATURES = [
    "prompts",
    "traces",
    "custom_view",
    "saved_views",
    "evaluation",
    "judges",
    "issues",
    "review_queues",
]


@pytest.fixture
def demo(server):
    demo = Rest(server.url, "/ajax-api/3.0/mlflow/demo/")
    demo.ok("POST", "delete")
    yield demo
    demo.ok("POST", "delete")


def found(client, v3):
    """What the client sees of the demo: how many of each kind."""
    experiment = client.get_experiment_by_name(NAME)
    id = experiment.experiment_id
    mlflow.set_experiment(experiment_id=id)
    traces = client.search_traces(locations=[id], max_results=500)
    issues = v3.ok("POST", "issues/search", {"experiment_id": id, "include_trace_count": True})
    queues = v3.ok("GET", "review-queues/list", query={"experiment_id": id})["review_queues"]
    items = v3.ok("GET", "review-queues/items/list", query={"queue_id": queues[0]["queue_id"]})
    (dataset,) = search_datasets(experiment_ids=[id])
    return {
        "traces": len(traces),
        "spans": min(len(trace.data.spans) for trace in traces),
        "failed": sum(trace.info.state == "ERROR" for trace in traces),
        "sessions": len({trace.info.trace_metadata.get("mlflow.trace.session") for trace in traces}),
        "runs": len(client.search_runs([id], "tags.mlflow.runType = 'genai_evaluate'")),
        "scorers": len(list_scorers()),
        "records": len(dataset.to_df()),
        "seen": sum(issue.get("trace_count", 0) for issue in issues["issues"]),
        "items": len(items["items"]),
        "views": sum("View" in key for key in experiment.tags),
        "prompts": len([one for one in client.search_prompts() if one.name.startswith("lantern-")]),
    }


def test_made_once_and_deleted(demo, client, v3):
    made = demo.ok("POST", "generate")
    assert (made["status"], made["features_generated"]) == ("created", FEATURES)
    assert made["navigation_url"] == f"/experiments/{made['experiment_id']}"
    first = found(client, v3)
    assert min(first.values()) >= 2, first
    assert client.load_prompt("prompts:/lantern-answer@production").version == 3
    again = demo.ok("POST", "generate")
    assert (again["status"], again["experiment_id"]) == ("exists", made["experiment_id"])
    assert found(client, v3) == first
    assert demo.ok("POST", "delete")["features_deleted"] == FEATURES
    assert client.get_experiment_by_name(NAME) is None
    assert client.get_prompt("lantern-answer") is None
    assert demo.ok("POST", "delete") == {"status": "deleted", "features_deleted": []}


def test_parts(demo, client):
    made = demo.ok("POST", "generate", {"features": ["issues"]})
    assert made["features_generated"] == ["traces", "issues"]
    rest = demo.ok("POST", "generate")
    assert sorted(rest["features_generated"]) == sorted(set(FEATURES) - {"traces", "issues"})
    answer = demo.post("generate", {"features": ["fireworks"]})
    assert_invalid(answer)
    assert "fireworks" in answer.message


def test_the_command_fills_a_running_server(demo, server, client, v3):
    command = [*servers.program("headwater"), "demo", "--tracking-uri", server.url, "--no-browser"]

    def run(*more):
        done = subprocess.run(
            [*command, *more], env=os.environ, capture_output=True, text=True, timeout=110
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "Made prompts, traces" in run()
    first = found(client, v3)
    assert "is there already" in run()
    assert "Made prompts, traces" in run("--refresh")
    assert found(client, v3) == first


def test_no_server_to_fill():
    url = f"http://127.0.0.1:{servers.free_port()}"
    command = [*servers.program("headwater"), "demo", "--tracking-uri", url, "--no-browser"]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "cannot be reached" in done.stderr
