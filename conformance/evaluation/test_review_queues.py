"""Review queues, their users, questions and items."""

import pytest

from rest import assert_missing

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
