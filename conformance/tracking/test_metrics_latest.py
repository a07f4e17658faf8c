"""Which of a metric's values a run shows: the largest step, then the largest time, then value."""

import itertools

import pytest

# Ordered: each beats the ones before it.
RANKED = [
    {"value": 9, "timestamp": 9, "step": -5},
    {"value": "NaN", "timestamp": 1, "step": 0},
    {"value": -2, "timestamp": 5, "step": 0},
    {"value": 3, "timestamp": 5, "step": 0},
    {"value": -7, "timestamp": 6, "step": 0},
    {"value": 0, "timestamp": 0, "step": 1},
]


def shown(rest, run_id):
    (metric,) = rest.read_run(run_id)["data"]["metrics"]
    return {name: metric.get(name, 0) for name in ("value", "timestamp", "step")}


@pytest.mark.parametrize(("low", "high"), itertools.combinations(range(len(RANKED)), 2))
def test_order_of_arrival_does_not_matter(rest, experiment, low, high):
    for arrival in ([low, high], [high, low]):
        one_by_one, batch = rest.run(experiment), rest.run(experiment)
        for rank in arrival:
            body = {"run_id": one_by_one, "key": "m", **RANKED[rank]}
            rest.ok("POST", "runs/log-metric", body)
        metrics = [{"key": "m", **RANKED[rank]} for rank in arrival]
        rest.ok("POST", "runs/log-batch", {"run_id": batch, "metrics": metrics})
        assert shown(rest, one_by_one) == RANKED[high]
        assert shown(rest, batch) == RANKED[high]


def test_nan_loses_to_a_number_only_by_place(rest, experiment):
    run_id = rest.run(experiment)
    rest.log_metric(run_id, "m", 1, timestamp=1, step=1)
    rest.log_metric(run_id, "m", "NaN", timestamp=1, step=2)
    assert shown(rest, run_id) == {"value": "NaN", "timestamp": 1, "step": 2}
    rest.log_metric(run_id, "m", 5, timestamp=1, step=3)
    assert shown(rest, run_id) == {"value": 5, "timestamp": 1, "step": 3}


def test_one_latest_for_each_key(rest, experiment):
    run_id = rest.run(experiment)
    metrics = [
        {"key": f"k{number % 7}", "value": number, "timestamp": number, "step": number}
        for number in range(70)
    ]
    rest.ok("POST", "runs/log-batch", {"run_id": run_id, "metrics": metrics[::-1]})
    found = rest.read_run(run_id)["data"]["metrics"]
    assert {metric["key"]: metric["value"] for metric in found} == {f"k{n}": 63 + n for n in range(7)}
