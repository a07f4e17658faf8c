"""Logging metrics one by one: values, steps, times, repetitions."""

import math

import pytest

from rest import assert_invalid

LARGEST = 1.7976931348623157e308


def latest(rest, run_id):
    metrics = rest.read_run(run_id)["data"].get("metrics", [])
    return {metric["key"]: metric["value"] for metric in metrics}


def steps(rest, run_id, key):
    history = rest.history(run_id, key).get("metrics", [])
    return [(metric["step"], metric["timestamp"], metric["value"]) for metric in history]


def test_client_logs_and_reads(client, run):
    client.log_metric(run, "loss", 0.5, timestamp=10, step=1)
    client.log_metric(run, "loss", 0.25, timestamp=20, step=2)
    assert client.get_run(run).data.metrics == {"loss": 0.25}
    history = client.get_metric_history(run, "loss")
    assert [(m.key, m.value, m.timestamp, m.step) for m in history] == [
        ("loss", 0.5, 10, 1),
        ("loss", 0.25, 20, 2),
    ]


@pytest.mark.parametrize(
    "value",
    [0, -0.0, 1, -1, 0.1, 1 / 3, 1e-300, 5e-324, 1e300, LARGEST, -LARGEST, 2**53 + 2, 123456789.123456789],
)
def test_values_come_back_bit_for_bit(rest, run, value):
    rest.log_metric(run, "m", value)
    assert latest(rest, run)["m"] == value
    assert steps(rest, run, "m") == [(0, 1, value)]


def test_not_a_number(client, rest, run):
    client.log_metric(run, "nan", math.nan, timestamp=1)
    assert latest(rest, run) == {"nan": "NaN"}
    assert steps(rest, run, "nan") == [(0, 1, "NaN")]
    assert math.isnan(client.get_run(run).data.metrics["nan"])
    assert math.isnan(client.get_metric_history(run, "nan")[0].value)


@pytest.mark.parametrize(("text", "stored"), [("Infinity", LARGEST), ("-Infinity", -LARGEST)])
def test_infinity_becomes_the_largest_number(client, rest, run, text, stored):
    client.log_metric(run, "inf", float(text), timestamp=1)
    assert latest(rest, run) == {"inf": stored}
    rest.log_metric(run, "inf", text, timestamp=2)
    assert [value for _, _, value in steps(rest, run, "inf")] == [stored, stored]


@pytest.mark.parametrize("step", [0, 1, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_steps_are_64_bits(rest, run, step):
    rest.log_metric(run, "m", 1, step=step)
    assert steps(rest, run, "m") == [(step, 1, 1)]


@pytest.mark.parametrize("moment", [0, 1, 2**31, 2**53 + 1, 2**63 - 1])
def test_times_are_64_bits(rest, run, moment):
    rest.log_metric(run, "m", 1, timestamp=moment)
    assert steps(rest, run, "m") == [(0, moment, 1)]


def test_the_step_may_be_missing(rest, run):
    rest.ok("POST", "runs/log-metric", {"run_id": run, "key": "m", "value": 1, "timestamp": 7})
    assert steps(rest, run, "m") == [(0, 7, 1)]


def test_numbers_may_be_texts(rest, run):
    rest.log_metric(run, "m", "2.5", timestamp="12", step="-3")
    assert steps(rest, run, "m") == [(-3, 12, 2.5)]


def test_a_repetition_changes_nothing(rest, run):
    for _ in range(3):
        rest.log_metric(run, "m", 1.5, timestamp=5, step=2)
        rest.log_metric(run, "n", "NaN", timestamp=5, step=2)
    assert steps(rest, run, "m") == [(2, 5, 1.5)]
    assert steps(rest, run, "n") == [(2, 5, "NaN")]


def test_only_an_exact_repetition_is_dropped(rest, run):
    for value, moment, step in [(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)]:
        rest.log_metric(run, "m", value, timestamp=moment, step=step)
    assert len(steps(rest, run, "m")) == 4


def test_nan_and_zero_are_two_values(rest, run):
    rest.log_metric(run, "m", 0)
    rest.log_metric(run, "m", "NaN")
    assert sorted(str(value) for _, _, value in steps(rest, run, "m")) == ["0.0", "NaN"]


@pytest.mark.parametrize("key", ["a/b/c", "a.b-c_d e", "with:colon", "ünï", "k" * 250, "0"])
def test_keys(rest, run, key):
    rest.log_metric(run, key, 1)
    assert latest(rest, run) == {key: 1}
    assert len(steps(rest, run, key)) == 1


def test_keys_that_differ_by_case(rest, run):
    rest.log_metric(run, "Loss", 1)
    rest.log_metric(run, "loss", 2)
    assert latest(rest, run) == {"Loss": 1, "loss": 2}
    assert len(steps(rest, run, "loss")) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"key": "a#b"},
            "Invalid value \"a#b\" for parameter 'name' supplied: Names may only contain alphanumerics, "
            "underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).",
        ),
        (
            {"key": "../up"},
            "Invalid value \"../up\" for parameter 'name' supplied: Names may be treated as files in "
            "certain cases, and must not resolve to other names when treated as such. This name would "
            "resolve to '../up'",
        ),
        ({"key": "k" * 251}, "'Metric name' exceeds the maximum length of 250 characters"),
        (
            {"timestamp": -1},
            "Invalid value -1 for parameter 'timestamp' supplied: metric 'k' (value=1.0). Timestamp must "
            "be a nonnegative long (64-bit integer) ",
        ),
    ],
)
def test_refusals(rest, run, fields, message):
    body = {"run_id": run, "key": "k", "value": 1, "timestamp": 1, **fields}
    assert_invalid(rest.post("runs/log-metric", body), message)
    assert latest(rest, run) == {}


def test_fluent_metrics(fluent):
    with fluent.start_run() as run:
        fluent.log_metric("one", 1, step=3)
        fluent.log_metrics({"two": 2, "three": 3.5}, step=4)
    assert fluent.get_run(run.info.run_id).data.metrics == {"one": 1, "two": 2, "three": 3.5}
