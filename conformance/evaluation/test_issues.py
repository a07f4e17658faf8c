"""Issues, and what the server says about usage reports."""

import pytest

pytestmark = pytest.mark.mlflow3


@pytest.fixture
def create(v3, experiment):
    def create(**fields):
        body = {"experiment_id": experiment, "name": "n", "description": "d", **fields}
        return v3.post("issues", body)

    return create


def test_an_issue_lives(v3, create, experiment, rest):
    run = rest.run(experiment)
    fields = {"root_causes": ["a", "b"], "severity": "high", "categories": ["c"], "created_by": "me"}
    made = create(source_run_id=run, **fields).json["issue"]
    assert made["issue_id"].startswith("iss-") and len(made["issue_id"]) == 36
    assert made["created_timestamp"] == made["last_updated_timestamp"]
    assert {**fields, "status": "pending", "source_run_id": run}.items() <= made.items()
    route = f"issues/{made['issue_id']}"
    assert v3.ok("GET", route)["issue"] == made
    change = {"issue_id": made["issue_id"], "status": "resolved", "name": "", "severity": "low"}
    changed = v3.patch(route, change).json["issue"]
    assert (changed["status"], changed["severity"], changed["name"]) == ("resolved", "low", "n")
    assert changed["last_updated_timestamp"] >= made["last_updated_timestamp"]


def test_no_usage_reports(v3):
    ajax = v3.below("/ajax-api/3.0/mlflow/")
    assert ajax.ok("GET", "ui-telemetry")["disable_ui_telemetry"] is True
    assert ajax.post("ui-telemetry", {"records": []}).status == 200
