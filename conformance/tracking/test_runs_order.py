"""The order of found runs, above all where values are missing or are no numbers."""

import pytest

VALUES = {"pos": 5, "nan": "NaN", "inf": "Infinity", "ninf": "-Infinity", "zero": 0, "neg": -2, "none": None}


@pytest.fixture
def runs(rest, experiment):
    for second, (name, value) in enumerate(VALUES.items()):
        run_id = rest.run(experiment, run_name=name, start_time=1000 - second)
        if value is not None:
            rest.log_metric(run_id, "m", value)
            rest.ok("POST", "runs/log-parameter", {"run_id": run_id, "key": "p", "value": str(value)})
    return experiment


def order(rest, experiment, *clauses, **fields):
    body = {"experiment_ids": [experiment], "order_by": list(clauses), **fields}
    return [run["info"]["run_name"] for run in rest.ok("POST", "runs/search", body)["runs"]]


def test_metrics_upwards(rest, runs):
    expected = ["ninf", "neg", "zero", "pos", "inf", "nan", "none"]
    assert order(rest, runs, "metrics.m ASC") == expected
    assert order(rest, runs, "metrics.m") == expected
    assert order(rest, runs, "metric.`m` asc") == expected


def test_metrics_downwards(rest, runs):
    assert order(rest, runs, "metrics.m DESC") == ["inf", "pos", "zero", "neg", "ninf", "nan", "none"]


def test_params_are_texts(rest, runs):
    assert order(rest, runs, "params.p ASC")[-1] == "none"
    assert order(rest, runs, "params.p DESC")[-1] == "none"
    texts = {name: str(value) for name, value in VALUES.items() if value is not None}
    expected = sorted(texts, key=texts.get)
    assert order(rest, runs, "params.p ASC")[:-1] == expected
    assert order(rest, runs, "params.p DESC")[:-1] == expected[::-1]


def test_a_missing_key_falls_back_to_the_start_time(rest, runs):
    assert order(rest, runs, "metrics.unknown ASC") == list(VALUES)
    assert order(rest, runs, "params.unknown DESC") == list(VALUES)
    assert order(rest, runs, "tags.unknown") == list(VALUES)


def test_nothing_said_means_latest_first(rest, runs):
    assert order(rest, runs) == list(VALUES)


def test_equal_start_times_are_ordered_by_id(rest, experiment):
    ids = sorted(rest.run(experiment, start_time=7) for _ in range(6))
    body = {"experiment_ids": [experiment]}
    found = [run["info"]["run_id"] for run in rest.ok("POST", "runs/search", body)["runs"]]
    assert found == ids


def test_several_columns(rest, experiment):
    for name, color, size in [("a", "red", 1), ("b", "blue", 1), ("c", "red", 2), ("d", "blue", 2)]:
        run_id = rest.run(experiment, run_name=name, tags=[{"key": "color", "value": color}])
        rest.log_metric(run_id, "size", size)
    assert order(rest, experiment, "tags.color ASC", "metrics.size DESC") == ["d", "b", "c", "a"]
    assert order(rest, experiment, "metrics.size ASC", "tags.color DESC") == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("attributes.start_time ASC", ["none", "neg", "zero", "ninf", "inf", "nan", "pos"]),
        ("start_time DESC", list(VALUES)),
        ("run_name ASC", sorted(VALUES)),
        ("attribute.run_name DESC", sorted(VALUES)[::-1]),
        ("tags.mlflow.runName ASC", sorted(VALUES)),
        ("tags.`mlflow.runName` DESC", sorted(VALUES)[::-1]),
    ],
)
def test_attributes(rest, runs, clause, expected):
    assert order(rest, runs, clause) == expected


def test_end_times_come_before_none(rest, experiment):
    for name, end in [("early", 10), ("late", 20), ("open", None)]:
        run_id = rest.run(experiment, run_name=name)
        if end:
            rest.ok("POST", "runs/update", {"run_id": run_id, "end_time": end})
    assert order(rest, experiment, "end_time ASC") == ["early", "late", "open"]
    assert order(rest, experiment, "end_time DESC") == ["late", "early", "open"]
