"""Issues, and what the server says about usage reports."""

import pytest

from rest import assert_error, assert_invalid, assert_missing, assert_refused

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


def test_search(v3, create, experiment):
    for severity in ("low", "high", None, "medium"):
        create(name=str(severity), **({"severity": severity} if severity else {}))
    body = {"experiment_id": experiment, "max_results": 3, "include_trace_count": True}
    first = v3.ok("POST", "issues/search", body)
    rest = v3.ok("POST", "issues/search", {**body, "page_token": first["next_page_token"]})
    names = [issue["name"] for issue in first["issues"] + rest["issues"]]
    assert names == ["high", "medium", "low", "None"] and rest["next_page_token"] == ""
    assert first["issues"][0]["trace_count"] == 0
    some = {"experiment_id": experiment, "filter_string": "status != 'pending'"}
    assert v3.ok("POST", "issues/search", some) == {"next_page_token": ""}


def test_what_is_wrong(v3, create, experiment):
    assert_missing(v3.get("issues/none"), "Issue with ID 'none' not found")
    assert_missing(v3.patch("issues/none", {"issue_id": "x"}), "Issue with ID 'none' not found")
    assert_invalid(v3.patch("issues/none", {}))
    assert_missing(create(experiment_id="999999"), "No Experiment with id=999999 exists")
    assert_invalid(create(name=""))
    assert_error(create(source_run_id="none"), 400, "BAD_REQUEST")
    search = {"experiment_id": experiment}
    assert_invalid(
        v3.post("issues/search", {**search, "filter_string": "bad"}),
        "Invalid clause(s) in filter string: bad",
    )
    assert_invalid(v3.post("issues/search", {**search, "filter_string": "name = 'x'"}))
    assert_invalid(v3.post("issues/search", {**search, "max_results": 0}))
    assert v3.ok("POST", "issues/search", search) == {"next_page_token": ""}


@pytest.mark.safer
def test_unknown_words_are_refused(create):
    assert_refused(create(severity="x"))
    assert_refused(create(status="x"))


def test_no_usage_reports(v3):
    ajax = v3.below("/ajax-api/3.0/mlflow/")
    assert ajax.ok("GET", "ui-telemetry")["disable_ui_telemetry"] is True
    assert ajax.post("ui-telemetry", {"records": []}).status == 200
