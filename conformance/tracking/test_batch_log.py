"""Logging metrics, params and tags in one request."""

import threading

import pytest
from mlflow.entities import Metric, Param, RunTag

from rest import Rest, assert_invalid, pairs


def batch(rest, run_id, metrics=(), params=(), tags=()):
    body = {"run_id": run_id, "metrics": list(metrics), "params": list(params), "tags": list(tags)}
    return rest.post("runs/log-batch", body)


def metric(key, value=1, timestamp=1, step=0):
    return {"key": key, "value": value, "timestamp": timestamp, "step": step}


def pair(key, value="1"):
    return {"key": key, "value": value}


def test_client_logs_and_reads(client, run):
    client.log_batch(
        run,
        metrics=[Metric("m", 1.5, 10, 1), Metric("m", 2.5, 20, 2), Metric("n", 3, 30, 0)],
        params=[Param("p", "x"), Param("q", "")],
        tags=[RunTag("t", "y")],
    )
    data = client.get_run(run).data
    assert (data.metrics, data.params) == ({"m": 2.5, "n": 3}, {"p": "x", "q": ""})
    assert data.tags["t"] == "y"


def test_an_empty_batch(rest, run):
    assert batch(rest, run).json == {}
    assert rest.post("runs/log-batch", {"run_id": run}).json == {}


def test_repeated_batches(rest, run):
    for _ in range(3):
        answer = batch(rest, run, [metric("m"), metric("m", 2, 2, 1), metric("n", "NaN")], [pair("p")], [pair("t")])
        assert answer.status == 200
    assert len(rest.history(run, "m")["metrics"]) == 2
    assert len(rest.history(run, "n")["metrics"]) == 1


def test_repetitions_inside_a_batch(rest, run):
    assert batch(rest, run, [metric("m")] * 5 + [metric("n", "NaN")] * 5).status == 200
    assert len(rest.history(run, "m")["metrics"]) == 1
    assert len(rest.history(run, "n")["metrics"]) == 1


def test_old_and_new_together(rest, run):
    batch(rest, run, [metric("m", n, n, n) for n in range(5)])
    assert batch(rest, run, [metric("m", n, n, n) for n in range(3, 8)]).status == 200
    steps = sorted(m["step"] for m in rest.history(run, "m")["metrics"])
    assert steps == list(range(8))


def test_the_last_of_equal_tags_wins(rest, run):
    batch(rest, run, tags=[pair("t", "1"), pair("t", "2"), pair("t", "3")])
    assert pairs(rest.read_run(run)["data"]["tags"])["t"] == "3"


def test_equal_params_are_refused(rest, run):
    for second in ("1", "2"):
        assert_invalid(
            batch(rest, run, params=[pair("p", "1"), pair("p", second)]),
            "Duplicate parameter keys have been submitted: ['p']. Please ensure the request contains "
            "only one param value per param key.",
        )


def test_a_changed_param_keeps_everything_out(rest, run):
    batch(rest, run, params=[pair("p", "old")])
    answer = batch(rest, run, [metric("m")], [pair("new"), pair("p", "changed")], [pair("t")])
    assert_invalid(
        answer,
        "Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': "
        f"'old', 'new_value': 'changed'}}]' for run ID='{run}'.",
    )
    data = rest.read_run(run)["data"]
    assert pairs(data["params"]) == {"p": "old"}
    assert "metrics" not in data
    assert "t" not in pairs(data["tags"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"metrics": [metric("ok"), metric("bad#")]},
            "Invalid value \"bad#\" for parameter 'metrics[1].name' supplied: Names may only contain "
            "alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).",
        ),
        (
            {"params": [pair("ok"), pair("a/../b")]},
            "Invalid value \"a/../b\" for parameter 'params[1].key' supplied: Names may be treated as files "
            "in certain cases, and must not resolve to other names when treated as such. This name would "
            "resolve to 'b'",
        ),
        ({"tags": [pair("k" * 251)]}, "'tags[0].key' exceeds the maximum length of 250 characters"),
        (
            {"metrics": [metric("ok"), metric("late", timestamp=-1)]},
            "Invalid value -1 for parameter 'metrics[1].timestamp' supplied: metric 'late' (value=1.0). "
            "Timestamp must be a nonnegative long (64-bit integer) ",
        ),
        (
            {"metrics": [metric("ok"), {"key": "m", "timestamp": 1}]},
            "Missing value for required parameter 'metrics[1].value'. See the API docs for more "
            "information about request parameters.",
        ),
    ],
)
def test_one_bad_item_keeps_everything_out(rest, run, fields, message):
    body = {"run_id": run, "metrics": [metric("good")], "params": [pair("good")], "tags": [pair("good")]}
    assert_invalid(rest.post("runs/log-batch", {**body, **fields}), message)
    data = rest.read_run(run)["data"]
    assert "metrics" not in data and "params" not in data
    assert list(pairs(data["tags"])) == ["mlflow.runName"]


@pytest.mark.parametrize(
    ("name", "limit"), [("metrics", 1000), ("params", 100), ("tags", 100)]
)
def test_limits(rest, run, name, limit):
    def items(count):
        make = metric if name == "metrics" else pair
        return [make(f"k{number}") for number in range(count)]

    message = (
        f"A batch logging request can contain at most {limit} {name}. Got {limit + 1} {name}. Please "
        f"split up {name} across multiple requests and try again."
    )
    assert_invalid(rest.post("runs/log-batch", {"run_id": run, name: items(limit + 1)}), message)
    assert rest.post("runs/log-batch", {"run_id": run, name: items(limit)}).status == 200


def test_the_limit_of_all_together(rest, run):
    metrics = [metric(f"m{number}") for number in range(850)]
    params = [pair(f"p{number}") for number in range(100)]
    tags = [pair(f"t{number}") for number in range(51)]
    message = (
        "A batch logging request can contain at most 1000 metrics, params, and tags. Got 1001 metrics, "
        "params, and tags. Please split up metrics, params, and tags across multiple requests and try "
        "again."
    )
    assert_invalid(batch(rest, run, metrics, params, tags), message)
    assert batch(rest, run, metrics, params, tags[:50]).status == 200


def test_long_values_are_cut(rest, run):
    batch(rest, run, params=[pair("p", "x" * 7000)], tags=[pair("t", "y" * 9000)])
    data = rest.read_run(run)["data"]
    assert len(pairs(data["params"])["p"]) == 6000
    assert len(pairs(data["tags"])["t"]) == 8000


def test_run_ids_are_checked(rest):
    message = "Invalid value \"bad id!\" for parameter 'run_id' supplied."
    assert_invalid(rest.post("runs/log-batch", {"run_id": "bad id!"}), message)
    assert rest.post("runs/log-batch", {"run_id": "0" * 32}).status == 404


@pytest.mark.safer
def test_batches_at_the_same_time(rest, run, server):
    failed = []

    def work(worker):
        own = Rest(server.url)
        for number in range(10):
            metrics = [metric(f"m{worker}", number, number, number), metric("shared", 1, 1, number)]
            answer = batch(own, run, metrics, [pair(f"p{worker}.{number}"), pair("same")], [pair(f"t{worker}")])
            if answer.status != 200:
                failed.append(answer.text)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(rest.read_run(run)["data"]["params"]) == 61
    assert len(rest.history(run, "shared")["metrics"]) == 10
