"""The real MLflow opens the database that the server filled with evaluation data, and finds it all."""

import mlflow
import pytest
from mlflow.entities import MCPStatus
from mlflow.genai.datasets import search_datasets
from mlflow.genai.scorers import list_scorers

from rest import Rest

pytestmark = pytest.mark.mlflow3

NAME = "Headwater Demo"


@pytest.fixture
def stores(sides):
    return [client._tracking_client.store for client in sides]


def test_mcp_servers_of_both(stores, unique):
    name = f"com.example/t{unique()}".replace("_", "-").lower()
    for number, store in enumerate(stores):
        server_json = {"name": name, "version": f"1.{number}.0", "description": f"d{number}"}
        store.create_mcp_server_version(server_json, status=MCPStatus.ACTIVE)
        store.set_mcp_server_tag(name, f"k{number}", "v")
        store.set_mcp_server_alias(name, f"a{number}", f"1.{number}.0")
        store.create_mcp_access_endpoint(name, f"https://x{number}", server_alias="latest")
    for store in stores:
        server = store.get_mcp_server(name)
        assert (server.latest_version, server.description) == ("1.1.0", "d1")
        assert server.tags == {"k0": "v", "k1": "v"}
        assert server.aliases == {"a0": "1.0.0", "a1": "1.1.0"}
        versions = [endpoint.resolved_version.version for endpoint in server.access_endpoints]
        assert versions == ["1.1.0", "1.1.0"]
        assert [v.version for v in store.search_mcp_server_versions(name)] == ["1.0.0", "1.1.0"]


def seen(uri, monkeypatch):
    """What a client that points at `uri` finds of the demo."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = mlflow.MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name(NAME)
    id = experiment.experiment_id
    store = client._tracking_client.store
    traces = client.search_traces(locations=[id], max_results=500, include_spans=False)
    queues = store.list_review_queues(id)
    (dataset,) = search_datasets(experiment_ids=[id])
    return {
        "tags": experiment.tags,
        "traces": sorted(
            (t.info.trace_id, str(t.info.state), len(t.info.assessments)) for t in traces
        ),
        "runs": sorted((r.info.run_id, r.info.run_name, r.data.metrics) for r in client.search_runs([id])),
        "scorers": sorted(one.name for one in list_scorers(experiment_id=id)),
        "records": sorted(str(record) for record in dataset.to_df()["inputs"]),
        "schemas": sorted(one.name for one in store.list_label_schemas(id)),
        "queues": [(one.name, sorted(one.users)) for one in queues],
        "items": sorted(
            (item.item_id, str(item.status)) for item in store.list_review_queue_items(queues[0].queue_id)
        ),
        "issues": sorted(
            (one.name, one.severity, one.status) for one in store.search_issues(experiment_id=id)
        ),
        "prompts": sorted(one.name for one in client.search_prompts() if one.name.startswith("lantern-")),
    }


@pytest.mark.headwater_only
def test_mlflow_lists_what_the_demo_made(shared, monkeypatch):
    server, uri = shared
    Rest(server.url).ok("POST", "/ajax-api/3.0/mlflow/demo/generate")
    by_server = seen(server.url, monkeypatch)
    assert all(by_server.values()), by_server
    assert seen(uri, monkeypatch) == by_server
