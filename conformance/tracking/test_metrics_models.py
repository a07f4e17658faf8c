"""Metrics that belong to a logged model and a dataset as well as to a run."""

import pytest

from rest import Rest


@pytest.fixture
def model(rest, experiment):
    return rest.model(experiment, name="m")


def of_model(rest, model_id):
    data = rest.ok("GET", f"logged-models/{model_id}")["model"]["data"]
    return sorted(data.get("metrics", []), key=lambda metric: (metric["key"], metric["step"]))


def test_a_metric_of_a_model_is_one_of_the_run_too(rest, run, model):
    rest.log_metric(run, "acc", 0.5, timestamp=3, step=2, model_id=model)
    assert of_model(rest, model) == [
        {"key": "acc", "value": 0.5, "timestamp": 3, "step": 2, "model_id": model, "run_id": run}
    ]
    (metric,) = rest.read_run(run)["data"]["metrics"]
    assert (metric["key"], metric["value"]) == ("acc", 0.5)
    assert len(rest.history(run, "acc")["metrics"]) == 1


def test_the_dataset_is_kept(rest, run, model):
    dataset = {"dataset_name": "iris", "dataset_digest": "abc"}
    rest.log_metric(run, "acc", 0.5, model_id=model, **dataset)
    (metric,) = of_model(rest, model)
    assert {name: metric[name] for name in dataset} == dataset


def test_batches(rest, run, model):
    metrics = [
        {"key": "acc", "value": n, "timestamp": n, "step": n, "model_id": model} for n in range(3)
    ]
    metrics.append({"key": "plain", "value": 1, "timestamp": 1, "step": 0})
    rest.ok("POST", "runs/log-batch", {"run_id": run, "metrics": metrics})
    assert {metric["key"] for metric in of_model(rest, model)} == {"acc"}
    assert {m["key"] for m in rest.read_run(run)["data"]["metrics"]} == {"acc", "plain"}


def test_a_repetition_changes_nothing(rest, run, model):
    for _ in range(3):
        rest.log_metric(run, "acc", 0.5, timestamp=3, step=2, model_id=model)
    assert len(of_model(rest, model)) == 1


def test_one_value_for_a_step_and_time(rest, run, model):
    rest.log_metric(run, "acc", 0.5, timestamp=3, step=2, model_id=model)
    body = {"run_id": run, "key": "acc", "value": 0.6, "timestamp": 3, "step": 2, "model_id": model}
    assert rest.post("runs/log-metric", body).status == 400
    assert [metric["value"] for metric in of_model(rest, model)] == [0.5]


def test_an_unknown_model_is_refused(rest, run):
    body = {"run_id": run, "key": "acc", "value": 1, "timestamp": 1, "step": 0, "model_id": "m-none"}
    assert rest.post("runs/log-metric", body).status in (400, 404)


@pytest.mark.mlflow3
def test_client_logs_for_a_model(client, rest, run, model):
    client.log_metric(run, "acc", 0.75, step=1, timestamp=5, model_id=model)
    (metric,) = client.get_logged_model(model).metrics
    assert (metric.key, metric.value, metric.step, metric.run_id) == ("acc", 0.75, 1, run)


def test_ajax_answers_alike(rest, server, run, model):
    rest.log_metric(run, "acc", 0.5, model_id=model)
    ajax = Rest(server.url, "/ajax-api/2.0/mlflow/")
    assert of_model(ajax, model) == of_model(rest, model)
