"""Evaluation data sets and their records."""

import hashlib
import json

import mlflow
import pytest
from mlflow.genai.datasets import create_dataset, delete_dataset, get_dataset, search_datasets
from mlflow.genai.datasets import add_dataset_to_experiments, remove_dataset_from_experiments
from mlflow.genai.datasets import delete_dataset_tag, set_dataset_tags

pytestmark = pytest.mark.mlflow3

RECORDS = [
    {
        "inputs": {"question": "What is é?", "number": 1.0, "big": 1e20, "deep": [1, {"z": 1, "a": 2}]},
        "outputs": {"answer": 1},
        "expectations": {"right": True},
        "tags": {"t": "1"},
        "source": {"source_type": "trace", "source_data": {"trace_id": "tr-1"}},
    },
    {"inputs": {"question": 2}},
]


@pytest.fixture
def dataset(v3, experiment):
    body = {"name": "d", "experiment_ids": [experiment], "tags": '{"b": "1", "mlflow.user": "me"}'}
    return v3.ok("POST", "datasets/create", body)["dataset"]["dataset_id"]


def upsert(v3, dataset, records):
    return v3.post(f"datasets/{dataset}/records", {"records": json.dumps(records)})


def records(v3, dataset, **query):
    page = v3.ok("GET", f"datasets/{dataset}/records", query=query or None)
    return json.loads(page["records"]), page.get("next_page_token")


def test_client_journey(pointed, rest, unique):
    one, two = rest.experiment(unique("one")), rest.experiment(unique("two"))
    made = create_dataset(unique("d"), experiment_id=[one], tags={"team": "a"})
    made.merge_records([{"inputs": {"q": n}, "expectations": {"e": n}} for n in range(5)])
    made.merge_records([{"inputs": {"q": 0}, "expectations": {"more": 1}}])
    again = get_dataset(dataset_id=made.dataset_id)
    assert again.tags["team"] == "a" and again.experiment_ids == [one]
    assert json.loads(again.profile) == {"num_records": 5}
    frame = again.to_df()
    assert len(frame) == 5
    merged = next(row for row in frame.to_dict("records") if row["inputs"] == {"q": 0})
    assert merged["expectations"] == {"e": 0, "more": 1}
    add_dataset_to_experiments(made.dataset_id, [two])
    assert set(get_dataset(dataset_id=made.dataset_id).experiment_ids) == {one, two}
    remove_dataset_from_experiments(made.dataset_id, [one])
    assert get_dataset(dataset_id=made.dataset_id).experiment_ids == [two]
    set_dataset_tags(made.dataset_id, {"team": "b", "new": "x"})
    delete_dataset_tag(made.dataset_id, "new")
    (found,) = search_datasets(experiment_ids=two, filter_string="tags.team = 'b'")
    assert found.dataset_id == made.dataset_id and found.tags["team"] == "b"
    delete_dataset(dataset_id=made.dataset_id)
    assert search_datasets(experiment_ids=two) == []


def test_the_shape_of_the_answers(v3, dataset, experiment):
    found = v3.ok("GET", f"datasets/{dataset}")["dataset"]
    assert dataset.startswith("d-") and len(dataset) == 34
    digest = hashlib.sha256(f"d:{found['last_update_time']}".encode()).hexdigest()[:8]
    assert found.pop("created_time") == found.pop("last_update_time")
    assert json.loads(found.pop("tags")) == {"b": "1", "mlflow.user": "me"}
    assert found == {
        "dataset_id": dataset,
        "name": "d",
        "digest": digest,
        "created_by": "me",
        "last_updated_by": "me",
    }
    assert v3.ok("GET", f"datasets/{dataset}/experiment-ids") == {"experiment_ids": [experiment]}


def test_records_are_known_by_their_inputs(v3, dataset):
    assert upsert(v3, dataset, RECORDS).json == {"inserted_count": 2, "updated_count": 0}
    more = {"inputs": {"question": 2}, "outputs": "text", "tags": {"mlflow.user": "you"}}
    assert upsert(v3, dataset, [more, more]).json == {"inserted_count": 0, "updated_count": 2}
    found, token = records(v3, dataset)
    assert token is None
    by_question = {record["inputs"]["question"]: record for record in found}
    first = by_question["What is é?"]
    assert first["inputs"] == RECORDS[0]["inputs"] and first["outputs"] == {"answer": 1}
    assert first["source"] == {"source_type": "TRACE", "source_data": {"trace_id": "tr-1"}}
    assert (first["source_type"], first["source_id"]) == ("TRACE", "tr-1")
    second = by_question[2]
    assert second["outputs"] == "text" and second["last_updated_by"] == "you"
    assert "expectations" not in second and "created_by" not in second
    dataset = v3.ok("GET", f"datasets/{dataset}")["dataset"]
    assert dataset["last_updated_by"] == "you"
    assert json.loads(dataset["profile"]) == {"num_records": 2}
    assert json.loads(dataset["schema"])["inputs"] == {
        "question": "string",
        "number": "float",
        "big": "float",
        "deep": "array",
    }


def test_every_record_is_on_one_page(v3, dataset):
    upsert(v3, dataset, [{"inputs": {"n": n}} for n in range(7)])
    seen, token = [], None
    while True:
        page, token = records(v3, dataset, max_results=3, **({"page_token": token} if token else {}))
        seen += [record["inputs"]["n"] for record in page]
        if not token:
            break
    assert sorted(seen) == list(range(7))


@pytest.mark.headwater_only
def test_records_of_a_call_keep_their_order(v3, dataset):
    upsert(v3, dataset, [{"inputs": {"n": n}} for n in range(50)])
    assert [record["inputs"]["n"] for record in records(v3, dataset)[0]] == list(range(50))


def test_many_records_at_once(v3, dataset):
    many = [{"inputs": {"n": n}, "expectations": {"e": n}} for n in range(10_000)]
    assert upsert(v3, dataset, many).json == {"inserted_count": 10_000, "updated_count": 0}
    assert upsert(v3, dataset, many[:5000]).json == {"inserted_count": 0, "updated_count": 5000}


def test_records_are_deleted(v3, dataset):
    upsert(v3, dataset, RECORDS)
    ids = [record["dataset_record_id"] for record in records(v3, dataset)[0]]
    gone = v3.delete(f"datasets/{dataset}/records", {"dataset_record_ids": [ids[0], "dr-none"]})
    assert gone.json == {"deleted_count": 1}
    assert json.loads(v3.ok("GET", f"datasets/{dataset}")["dataset"]["profile"]) == {"num_records": 1}
    v3.delete(f"datasets/{dataset}/records", {"dataset_record_ids": ids})
    assert v3.ok("GET", f"datasets/{dataset}")["dataset"]["profile"] == "null"


def test_a_dataset_for_the_client_entity(pointed, dataset):
    found = mlflow.MlflowClient().get_dataset(dataset)
    assert found.name == "d" and found.tags["b"] == "1"
