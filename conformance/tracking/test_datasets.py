"""Datasets as inputs of runs, and the list of an experiment's datasets."""

import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag

from rest import Rest, assert_invalid, assert_missing, pairs

SEARCH = "experiments/search-datasets"


def dataset(name="iris", digest="abc", **fields):
    return {"name": name, "digest": digest, "source_type": "local", "source": "{}", **fields}


def log(rest, run_id, *datasets):
    return rest.post("runs/log-inputs", {"run_id": run_id, "datasets": list(datasets)})


def inputs(rest, run_id):
    return rest.read_run(run_id)["inputs"].get("dataset_inputs", [])


@pytest.fixture
def ajax(server):
    return Rest(server.url, "/ajax-api/2.0/mlflow/")


def test_client_logs_and_reads(client, run):
    logged = Dataset("iris", "abc", "local", '{"uri": "x"}', schema='{"s": 1}', profile='{"p": 2}')
    tags = [InputTag("mlflow.data.context", "train"), InputTag("x", "y")]
    client.log_inputs(run, [DatasetInput(logged, tags)])
    (found,) = client.get_run(run).inputs.dataset_inputs
    assert found.dataset.to_dictionary() == logged.to_dictionary()
    assert {tag.key: tag.value for tag in found.tags} == {"mlflow.data.context": "train", "x": "y"}


def test_the_shape_of_the_answer(rest, run):
    tags = [{"key": "mlflow.data.context", "value": "train"}]
    assert log(rest, run, {"dataset": dataset(schema="s", profile="p"), "tags": tags}).json == {}
    assert inputs(rest, run) == [{"tags": tags, "dataset": dataset(schema="s", profile="p")}]


def test_the_first_description_of_a_dataset_stays(rest, experiment):
    first, second = rest.run(experiment), rest.run(experiment)
    log(rest, first, {"dataset": dataset(source="one")})
    log(rest, second, {"dataset": dataset(source="two")})
    assert inputs(rest, second)[0]["dataset"]["source"] == "one"


def test_another_experiment_has_its_own(rest, unique):
    for number in range(2):
        run_id = rest.run(rest.experiment(unique(str(number))))
        log(rest, run_id, {"dataset": dataset(source=str(number))})
        assert inputs(rest, run_id)[0]["dataset"]["source"] == str(number)


def test_a_repetition_changes_nothing(rest, run):
    for value in ("train", "test"):
        tags = [{"key": "mlflow.data.context", "value": value}]
        log(rest, run, {"dataset": dataset(), "tags": tags})
    (found,) = inputs(rest, run)
    assert pairs(found["tags"]) == {"mlflow.data.context": "train"}


def test_name_and_digest_make_a_dataset(rest, run):
    wanted = [("a", "1"), ("a", "2"), ("b", "1"), ("a", "1")]
    log(rest, run, *({"dataset": dataset(name, digest)} for name, digest in wanted))
    found = {(item["dataset"]["name"], item["dataset"]["digest"]) for item in inputs(rest, run)}
    assert found == set(wanted)
    assert len(inputs(rest, run)) == 3


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"dataset": dataset(name="n" * 501)}, "'name' exceeds the maximum length of 500 characters"),
        ({"dataset": dataset(digest="d" * 37)}, "'digest' exceeds the maximum length of 36 characters"),
        ({"dataset": dataset(source="s" * 65536)}, "'source' exceeds the maximum length of 65535 characters"),
        (
            {"dataset": dataset(schema="s" * 1048576)},
            "'schema' exceeds the maximum length of 1048575 characters",
        ),
        (
            {"dataset": dataset(), "tags": [{"key": "k" * 256, "value": "v"}]},
            "'key' exceeds the maximum length of 255 characters",
        ),
        (
            {"dataset": dataset(), "tags": [{"key": "k", "value": "v" * 501}]},
            "'value' exceeds the maximum length of 500 characters",
        ),
    ],
    ids=["name", "digest", "source", "schema", "tag key", "tag value"],
)
def test_limits(rest, run, item, message):
    assert_invalid(log(rest, run, item), message)
    assert inputs(rest, run) == []


def test_missing_run(rest):
    assert_missing(log(rest, "0" * 32, {"dataset": dataset()}), f"Run with id={'0' * 32} not found")


def test_datasets_of_an_experiment(ajax, rest, experiment):
    first, second = rest.run(experiment), rest.run(experiment)
    train = [{"key": "mlflow.data.context", "value": "train"}]
    log(rest, first, {"dataset": dataset("a"), "tags": train}, {"dataset": dataset("b")})
    log(rest, second, {"dataset": dataset("a"), "tags": [{"key": "mlflow.data.context", "value": "eval"}]})
    found = ajax.ok("POST", SEARCH, {"experiment_ids": [experiment]})["dataset_summaries"]
    rows = sorted((row["name"], row["digest"], row.get("context", "")) for row in found)
    assert rows == [("a", "abc", "eval"), ("a", "abc", "train"), ("b", "abc", "")]
    assert {row["experiment_id"] for row in found} == {experiment}


def test_a_deleted_run_keeps_its_datasets(ajax, rest, experiment):
    run_id = rest.run(experiment)
    log(rest, run_id, {"dataset": dataset()})
    rest.ok("POST", "runs/delete", {"run_id": run_id})
    assert len(ajax.ok("POST", SEARCH, {"experiment_ids": [experiment]})["dataset_summaries"]) == 1
    assert len(inputs(rest, run_id)) == 1


def test_which_experiments(ajax):
    assert_invalid(ajax.post(SEARCH), "SearchDatasets request must specify at least one experiment_id.")
    assert_invalid(
        ajax.post(SEARCH, {"experiment_ids": [str(number) for number in range(21)]}),
        "SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.",
    )
    assert ajax.post(SEARCH, {"experiment_ids": ["987654321"] * 20}).json == {}


def test_fluent_input(fluent):
    import pandas as pd

    frame = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    table = fluent.data.from_pandas(frame, source="memory", name="frame", targets="y")
    with fluent.start_run() as run:
        fluent.log_input(table, context="training", tags={"k": "v"})
    (found,) = fluent.get_run(run.info.run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("frame", table.digest)
    assert "mlflow.data.context" in {tag.key for tag in found.tags}
    assert '"num_rows": 3' in found.dataset.profile
