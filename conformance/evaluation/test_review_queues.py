"""Review queues, their users, questions and items."""

import pytest

from rest import assert_error, assert_invalid, assert_missing

pytestmark = pytest.mark.mlflow3


@pytest.fixture
def create(v3, experiment):
    def create(name="My Queue", **fields):
        body = {"experiment_id": experiment, "name": name, "queue_type": "CUSTOM", **fields}
        return v3.post("review-queues/create", body)

    return create


@pytest.fixture
def schema(v3, experiment):
    body = {"experiment_id": experiment, "name": "q", "type": "FEEDBACK", "input": {"text": {}}}
    return v3.ok("POST", "label-schemas/create", body)["label_schema"]["schema_id"]


def test_a_queue_lives(v3, create, schema, experiment):
    made = create(" My Queue ", users=["B", "a ", "A"], schema_ids=[schema]).json["review_queue"]
    queue_id = made["queue_id"]
    assert queue_id.startswith("rq-") and len(queue_id) == 35
    assert made["creation_time_ms"] == made["last_update_time_ms"]
    assert (made["name"], made["users"], made["schema_ids"]) == ("My Queue", ["a", "b"], [schema])
    assert made["queue_type"] == "CUSTOM" and "created_by" not in made
    assert v3.ok("GET", "review-queues/get", query={"queue_id": queue_id})["review_queue"] == made
    query = {"experiment_id": experiment, "name": "MY QUEUE"}
    assert v3.ok("GET", "review-queues/get-by-name", query=query)["review_queue"] == made

    def update(**fields):
        return v3.post("review-queues/update", {"queue_id": queue_id, **fields})

    assert update().json["review_queue"] == made
    fields = {"name": "MY queue", "new_owner": "x", "update_users": True, "users": ["z"]}
    changed = update(**fields).json["review_queue"]
    assert (changed["name"], changed["created_by"], changed["users"]) == ("MY queue", "x", ["z"])
    assert changed["schema_ids"] == [schema]
    assert "schema_ids" not in update(update_schema_ids=True).json["review_queue"]
    assert v3.post("review-queues/delete", {"queue_id": queue_id}).json == {}
    assert v3.post("review-queues/delete", {"queue_id": queue_id}).json == {}
    assert_missing(
        v3.get("review-queues/get", {"queue_id": queue_id}),
        f"Review queue with id '{queue_id}' not found.",
    )


def test_users_have_queues_of_their_own(v3, create, experiment):
    body = {"experiment_id": experiment, "user": " Bob "}
    bob = v3.ok("POST", "review-queues/get-or-create-user", body)["review_queue"]
    assert (bob["name"], bob["users"], bob["created_by"]) == ("bob", ["bob"], "bob")
    assert v3.ok("POST", "review-queues/get-or-create-user", body)["review_queue"] == bob
    create("Carol", users=["bob"])
    taken = v3.post("review-queues/get-or-create-user", {**body, "user": "carol"})
    assert_error(taken, 400, "RESOURCE_ALREADY_EXISTS")
    query = {"experiment_id": experiment, "user": "BOB"}
    listed = v3.ok("GET", "review-queues/list", query=query)
    assert sorted(queue["name"] for queue in listed["review_queues"]) == ["Carol", "bob"]
    assert listed["next_page_token"] == ""
    first = v3.ok("GET", "review-queues/list", query={**query, "max_results": 1})
    more = {**query, "max_results": 1, "page_token": first["next_page_token"]}
    assert len(v3.ok("GET", "review-queues/list", query=more)["review_queues"]) == 1
    assert_invalid(
        v3.post("review-queues/update", {"queue_id": bob["queue_id"], "name": "x"}),
        "A user queue's name, assigned user, schemas, and owner are fixed and cannot be updated.",
    )


def test_what_is_wrong(v3, create, schema, experiment):
    create("foo")
    assert_error(
        create("FOO"),
        400,
        "RESOURCE_ALREADY_EXISTS",
        "Review queue with name 'FOO' already exists (names are case-insensitive).",
    )
    reserved = "`Default` is a reserved queue name and cannot be used for a custom queue."
    assert_invalid(create("Default"), reserved)
    kind = "`queue_type` must be one of USER or CUSTOM; got proto enum value 0."
    assert_invalid(create("x", queue_type="BAD"), kind)
    unknown = f"Label schema id(s) ['no'] not found for experiment '{experiment}'."
    assert_invalid(create("x", schema_ids=[schema, "no"]), unknown)
    assert_invalid(
        create("u", queue_type="USER", users=["v"]),
        "A user queue must have exactly one assigned user equal to its name; got name='u' and "
        "users=['v'].",
    )
    assert_invalid(create("u", queue_type="USER", schema_ids=[schema]))
    many = "A review queue can have at most 10 assigned users; got 11."
    assert_invalid(create("x", users=[str(n) for n in range(11)]), many)
    assert_invalid(create(" "), "`name` must be a non-empty string; got ''.")
    assert_missing(create(experiment_id="999999"), "No Experiment with id=999999 exists")
    listed = v3.ok("GET", "review-queues/list", query={"experiment_id": experiment})
    assert [queue["name"] for queue in listed["review_queues"]] == ["foo"]


def test_items_are_traces_of_the_experiment(v3, create, experiment):
    queue_id = create().json["review_queue"]["queue_id"]
    body = {"queue_id": queue_id, "item_ids": ["t1"]}
    assert_missing(
        v3.post("review-queues/items/add", body),
        f"Cannot attach trace(s) ['t1'] to review queue '{queue_id}': they do not exist in "
        f"experiment '{experiment}'.",
    )
    nothing = "`item_ids` must be a non-empty list; got []."
    assert_invalid(v3.post("review-queues/items/add", {"queue_id": queue_id}), nothing)
    assert_invalid(v3.post("review-queues/items/remove", {"queue_id": queue_id}), nothing)
    assert v3.post("review-queues/items/remove", body).json == {}
    listed = v3.ok("GET", "review-queues/items/list", query={"queue_id": queue_id})
    assert listed == {"next_page_token": ""}

    def set_status(**fields):
        return v3.post("review-queues/items/set-status", {"queue_id": queue_id, "item_id": "t1", **fields})

    assert_invalid(set_status(), "`status` must be one of PENDING, COMPLETE, or DECLINED; got proto enum value 0.")
    assert_invalid(set_status(status="COMPLETE"), "`completed_by` is required when setting status to `complete`.")
    assert_invalid(set_status(status="PENDING", completed_by="x"))
    assert_missing(
        set_status(status="DECLINED", completed_by="x"),
        f"Item 't1' is not attached to review queue '{queue_id}'.",
    )


def test_an_item_is_reviewed(v3, create, experiment, pointed):
    import mlflow

    try:
        with mlflow.start_span("s", trace_destination=mlflow.entities.trace_location.MlflowExperimentLocation(experiment)) as span:
            trace_id = span.trace_id
        mlflow.flush_trace_async_logging(terminate=False)
        mlflow.MlflowClient().get_trace(trace_id)
    except mlflow.MlflowException:
        pytest.skip("this server keeps no traces")
    queue_id = create().json["review_queue"]["queue_id"]
    body = {"queue_id": queue_id, "item_ids": [trace_id, trace_id]}
    (item,) = v3.ok("POST", "review-queues/items/add", body)["items"]
    assert (item["item_type"], item["item_id"], item["status"]) == ("TRACE", trace_id, "PENDING")
    status = {"queue_id": queue_id, "item_id": trace_id}
    done = v3.ok("POST", "review-queues/items/set-status", {**status, "status": "COMPLETE", "completed_by": "A"})["item"]
    assert (done["status"], done["completed_by"]) == ("COMPLETE", "a") and done["completed_time_ms"]
    again = v3.ok("POST", "review-queues/items/set-status", {**status, "status": "COMPLETE", "completed_by": "b"})
    assert again["item"] == done
    listed = v3.ok("GET", "review-queues/items/list", query={"queue_id": queue_id, "status": "COMPLETE"})
    assert listed["items"] == [done]
    open_again = v3.ok("POST", "review-queues/items/set-status", {**status, "status": "PENDING"})["item"]
    assert "completed_by" not in open_again and "completed_time_ms" not in open_again
