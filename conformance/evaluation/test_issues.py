"""Issues, and what the server says about usage reports."""

import pytest

from rest import assert_error, assert_invalid, assert_missing

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
    change = {"issue_id": made["issue_id"], "status": "resolved", "severity": "low"}
    changed = v3.patch(route, change).json["issue"]
    assert (changed["status"], changed["severity"], changed["name"]) == ("resolved", "low", "n")
    assert changed["last_updated_timestamp"] >= made["last_updated_timestamp"]


@pytest.mark.since("3.18")
def test_metadata_and_sightings(v3, create):
    made = create(metadata={"a": "1", "b": "2"}, last_seen_timestamp=5, created_by="me")
    made = made.json["issue"]
    assert (made["last_seen_timestamp"], made["last_updated_by"]) == (5, "me")
    route = f"issues/{made['issue_id']}"

    def change(**fields):
        return v3.patch(route, {"issue_id": made["issue_id"], **fields})

    changed = change(metadata={"c": "3"}, delete_metadata_keys=["a", "z"], last_updated_by="you")
    changed = changed.json["issue"]
    assert changed["metadata"] == {"b": "2", "c": "3"}
    assert (changed["last_updated_by"], changed["created_by"]) == ("you", "me")
    # A sighting never moves backwards.
    assert change(last_seen_timestamp=9).json["issue"]["last_seen_timestamp"] == 9
    assert change(last_seen_timestamp=2).json["issue"]["last_seen_timestamp"] == 9
    assert "metadata" not in change(delete_metadata_keys=["b", "c"]).json["issue"]
    assert_invalid(
        change(metadata={"a": "1"}, delete_metadata_keys=["a"]),
        "Cannot update and delete the same key",
    )
    assert v3.ok("GET", route)["issue"]["last_updated_by"] == "you"


@pytest.mark.since("3.18")
def test_an_id_of_the_clients_own(create, unique):
    issue_id = f"iss-{unique()[-20:]}"
    assert create(issue_id=issue_id).json["issue"]["issue_id"] == issue_id
    assert_error(create(issue_id=issue_id), 400, "RESOURCE_ALREADY_EXISTS")
    for wrong in ("x", "iss-", "iss-" + "x" * 33, "iss-a b"):
        assert_invalid(create(issue_id=wrong), "issue_id must be iss-* and at most 36 characters")


@pytest.mark.since("3.18")
def test_categories(v3, create, experiment):
    for categories in (["Cost", "latency"], ["cost "], ["safety"], []):
        create(name="-".join(categories) or "none", categories=categories)

    def found(*categories):
        body = {"experiment_id": experiment, "categories": list(categories), "order_by": ["name"]}
        return [issue["name"] for issue in v3.ok("POST", "issues/search", body).get("issues", [])]

    assert found(" COST") == ["cost ", "Cost-latency"]
    assert found("safety", "Latency") == ["Cost-latency", "safety"]
    assert found("none") == []
    body = {"experiment_id": experiment, "categories": ["safety"]}
    issue_id = v3.ok("POST", "issues/search", body)["issues"][0]["issue_id"]
    route = f"issues/{issue_id}"
    kept = v3.patch(route, {"issue_id": issue_id, "name": "renamed"}).json["issue"]
    assert kept["categories"] == ["safety"]
    changed = v3.patch(route, {"issue_id": issue_id, "categories": ["a", "a", "b"]}).json["issue"]
    assert changed["categories"] == ["a", "b"]
    assert found("safety") == [] and found("A") == ["renamed"]
    cleared = v3.patch(route, {"issue_id": issue_id, "categories": []}).json["issue"]
    assert "categories" not in cleared and found("a", "b") == []


@pytest.mark.since("3.18")
def test_an_order_of_ones_own(v3, create, experiment):
    for name, severity, status in (
        ("b", "low", "pending"),
        ("A", "high", "resolved"),
        ("c", "high", "pending"),
        ("d", None, "rejected"),
        ("a", "low", "resolved"),
    ):
        create(name=name, status=status, **({"severity": severity} if severity else {}))

    def pages(*order_by, **fields):
        body = {"experiment_id": experiment, "order_by": list(order_by), "max_results": 2, **fields}
        found, token = [], ""
        while True:
            page = v3.ok("POST", "issues/search", {**body, "page_token": token})
            found += [issue["name"] for issue in page.get("issues", [])]
            token = page["next_page_token"]
            if not token:
                return found

    assert pages("severity DESC", "name") == ["A", "c", "a", "b", "d"]
    assert [name.lower() for name in pages("name")] == ["a", "a", "b", "c", "d"]
    assert pages("status desc", "severity DESC", "name ASC") == ["A", "a", "d", "c", "b"]
    assert sorted(pages("created_timestamp", "last_seen_timestamp DESC")) == sorted("bAcda")
    assert pages("name", severities=["high"]) == ["A", "c"]
    assert pages("name", statuses=["pending", "rejected"]) == ["b", "c", "d"]
    for wrong in ("size", "name UP", "name ASC x", ""):
        search = {"experiment_id": experiment, "order_by": [wrong]}
        assert_invalid(v3.post("issues/search", search), f"Invalid issue order_by: {wrong!r}")


@pytest.mark.since("3.18")
def test_searching_for_names_and_counting(v3, create, experiment):
    for name in ("100% wrong", "100 wrong", "a_b", "aXb"):
        create(name=name, description="d", metadata={"k": "v"}, root_causes=["r"])

    def search(**fields):
        return v3.ok("POST", "issues/search", {"experiment_id": experiment, **fields})

    assert [i["name"] for i in search(name="0% WR")["issues"]] == ["100% wrong"]
    assert [i["name"] for i in search(name="A_B")["issues"]] == ["a_b"]
    page = search(name="", include_total_count=True, max_results=3)
    assert (page["total_count"], len(page["issues"])) == (4, 3)
    last = search(
        name="", include_total_count=True, max_results=3, page_token=page["next_page_token"]
    )
    assert (last["total_count"], len(last["issues"])) == (4, 1)
    assert "total_count" not in search(name="")
    basic = search(view="basic", max_results=1)["issues"][0]
    assert basic["description"] == "" and not {"metadata", "root_causes"} & basic.keys()
    full = search(view="full", max_results=1)["issues"][0]
    assert (full["metadata"], full["root_causes"]) == ({"k": "v"}, ["r"])
    # A token belongs to its search.
    other = {"experiment_id": experiment, "name": "a", "page_token": page["next_page_token"]}
    assert_invalid(
        v3.post("issues/search", other),
        "Invalid page token or token does not match the issue query",
    )


@pytest.mark.since("3.18")
def test_what_fields_may_be(v3, create, experiment, rest, unique):
    assert_missing(create(source_run_id="none"), "Run with id=none not found")
    elsewhere = rest.run(rest.experiment(unique()))
    assert_invalid(
        create(source_run_id=elsewhere), "Source run must belong to the Issue experiment"
    )
    assert_invalid(create(severity="x"), "Invalid issue severity: 'x'")
    assert_invalid(create(status="x"), "Invalid issue status: 'x'")
    assert_invalid(create(name="n" * 251), "Issue name must contain 1 to 250 characters")
    assert_invalid(create(created_by="n" * 256), "Invalid created_by")
    categories = "categories must contain at most 100 nonempty strings of at most 250 characters"
    assert_invalid(create(categories=[""]), categories)
    assert_invalid(create(categories=["c"] * 101), categories)
    metadata = "metadata must be a string map with at most 100 entries"
    assert_invalid(create(metadata={"": "v"}), metadata)
    assert_invalid(create(metadata={str(n): "v" for n in range(101)}), metadata)
    assert_invalid(
        create(last_seen_timestamp=-1), "last_seen_timestamp must be nonnegative milliseconds"
    )
    made = create().json["issue"]
    route = f"issues/{made['issue_id']}"
    assert_invalid(
        v3.patch(route, {"issue_id": made["issue_id"], "name": ""}),
        "Issue name must contain 1 to 250 characters",
    )
    search = {"experiment_id": experiment}
    assert_invalid(
        v3.post("issues/search", {**search, "view": "some"}), "view must be basic or full"
    )
    assert_invalid(
        v3.post("issues/search", {**search, "statuses": ["x"]}), "Invalid issue status: 'x'"
    )


def test_no_usage_reports(v3):
    ajax = v3.below("/ajax-api/3.0/mlflow/")
    assert ajax.ok("GET", "ui-telemetry")["disable_ui_telemetry"] is True
    assert ajax.post("ui-telemetry", {"records": []}).status == 200
