"""Searching runs: filters in use, several experiments, the whole of a run in the answer."""

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid


@pytest.fixture
def four(rest, experiment):
    """Runs a, b, c, d, each one second after the one before."""
    spec = {
        "a": ({"loss": 0.5, "acc": 1.0}, {"lr": "0.1", "opt": "adam"}, {"color": "red"}),
        "b": ({"loss": 0.25, "acc": 0.5}, {"lr": "0.01", "opt": "sgd"}, {"color": "blue"}),
        "c": ({"loss": -1}, {"lr": "1"}, {"color": "Red", "a.b c": "x"}),
        "d": ({}, {}, {}),
    }
    ids = {}
    for second, (name, (metrics, params, tags)) in enumerate(spec.items()):
        ids[name] = rest.run(experiment, run_name=name, start_time=1000 * (second + 1))
        body = {
            "metrics": [{"key": k, "value": v, "timestamp": 1, "step": 0} for k, v in metrics.items()],
            "params": [{"key": k, "value": v} for k, v in params.items()],
            "tags": [{"key": k, "value": v} for k, v in tags.items()],
        }
        rest.ok("POST", "runs/log-batch", {"run_id": ids[name], **body})
    rest.ok("POST", "runs/update", {"run_id": ids["a"], "status": "FINISHED", "end_time": 1500})
    rest.ok("POST", "runs/update", {"run_id": ids["b"], "status": "FAILED", "end_time": 2500})
    return ids


def names(client, experiment, text):
    runs = client.search_runs([experiment], text, order_by=["attributes.start_time ASC"])
    return "".join(run.info.run_name for run in runs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "abcd"),
        ("metrics.loss < 0.3", "bc"),
        ("metrics.loss <= 0.25 and metrics.acc > 0.1", "b"),
        ("metric.loss = 0.5", "a"),
        ("metrics.loss != 0.5", "bc"),
        ("metrics.`loss` >= -1", "abc"),
        ('metrics."loss" > 0', "ab"),
        ("params.lr = '0.1'", "a"),
        ("params.lr != '0.1'", "bc"),
        ("params.opt LIKE '%a%'", "a"),
        ("parameter.opt ILIKE 'S%'", "b"),
        ("tags.color = 'red'", "a"),
        ("tags.color ILIKE 'red'", "ac"),
        ("tags.`a.b c` = 'x'", "c"),
        ("tag.color != 'red'", "bc"),
        ("attributes.status = 'FINISHED'", "a"),
        ("status != 'RUNNING'", "ab"),
        ("run_name = 'c'", "c"),
        ("attributes.run_name LIKE '%b%'", "b"),
        ("`run name` = 'd'", "d"),
        ("tags.mlflow.runName = 'a'", "a"),
        ("start_time > 2000", "cd"),
        ("attribute.start_time <= 2000", "ab"),
        ("end_time < 2000", "a"),
        ("metrics.none > 0", ""),
        ("params.none IS NULL", "abcd"),
        ("params.lr IS NOT NULL", "abc"),
        ("tags.color IS NULL", "d"),
        ("metrics.loss < 0.3 AND params.opt = 'sgd' AND tags.color = 'blue' AND status = 'FAILED'", "b"),
        ("metrics.loss > -2 AND metrics.loss < 0", "c"),
    ],
)
def test_filters(client, experiment, four, text, expected):
    assert names(client, experiment, text) == expected


def test_lists_of_ids(client, experiment, four):
    inside = f"('{four['a']}','{four['d']}')"
    assert names(client, experiment, f"run_id IN {inside}") == "ad"
    assert names(client, experiment, f"attributes.run_id NOT IN {inside}") == "bc"
    assert names(client, experiment, f"run_id = '{four['b']}'") == "b"


def test_datasets(client, experiment, four):
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset("iris", "abc", "local", "source")
    client.log_inputs(four["a"], [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])
    client.log_inputs(four["b"], [DatasetInput(Dataset("other", "abc", "local", "source"))])
    assert names(client, experiment, "dataset.name = 'iris'") == "a"
    assert names(client, experiment, "datasets.digest = 'abc'") == "ab"
    assert names(client, experiment, "dataset.name LIKE '%r%'") == "ab"
    assert names(client, experiment, "dataset.context = 'train'") == "a"
    assert names(client, experiment, "dataset.name IN ('iris', 'none')") == "a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metrics.loss = 'x'", "Expected numeric value type for metric. Found 'x'"),
        ("params.lr > 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"),
        ("metrics.loss < 1 OR metrics.acc > 1", "Invalid clause(s) in filter string: 'OR'"),
        (
            "nonsense.x = 'y'",
            "Invalid entity type 'nonsense'. Valid values are ['metric', 'parameter', 'tag', "
            "'attribute', 'dataset']",
        ),
        (
            "run_name IN ('a')",
            "Only ['run_id'] attributes support comparison with a list of quoted string values.",
        ),
    ],
)
def test_refusals(rest, experiment, text, message):
    assert_invalid(rest.post("runs/search", {"experiment_ids": [experiment], "filter": text}), message)


def test_several_experiments(rest, client, unique):
    experiments = [rest.experiment(unique(str(number))) for number in range(3)]
    runs = [rest.run(experiment, start_time=number) for number, experiment in enumerate(experiments)]
    found = client.search_runs(experiments[:2], order_by=["start_time DESC"])
    assert [run.info.run_id for run in found] == [runs[1], runs[0]]
    assert client.search_runs([]) == []


def test_an_unknown_experiment_has_no_runs(client):
    assert client.search_runs(["987654321"]) == []
    with pytest.raises(MlflowException, match="Experiment ID must be a valid integer"):
        client.search_runs(["none"])


def test_the_answer_is_the_whole_run(rest, experiment, four):
    found = rest.ok("POST", "runs/search", {"experiment_ids": [experiment]})["runs"]

    def ordered(run):
        for kind in ("metrics", "params", "tags"):
            if kind in run["data"]:
                run["data"][kind].sort(key=lambda pair: pair["key"])
        return run

    for run in found:
        assert ordered(run) == ordered(rest.read_run(run["info"]["run_id"]))


def test_fluent_gives_a_table(fluent):
    for number in range(3):
        with fluent.start_run(run_name=f"r{number}"):
            fluent.log_metric("m", number)
            fluent.log_param("p", number)
    table = fluent.search_runs(filter_string="metrics.m >= 1", order_by=["metrics.m DESC"])
    assert list(table["metrics.m"]) == [2, 1]
    assert list(table["params.p"]) == ["2", "1"]
    assert list(table["tags.mlflow.runName"]) == ["r2", "r1"]
    assert set(table["status"]) == {"FINISHED"}
