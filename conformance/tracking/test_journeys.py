"""What data scientists do: whole scripts against the server."""

import concurrent.futures
import itertools
import math
import random

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric

STEPS = 100_000
BATCH = 1000


def test_autologging_of_a_classifier(fluent):
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split

    fluent.sklearn.autolog(silent=True, log_models=False)
    features, target = load_iris(return_X_y=True, as_frame=True)
    train_x, test_x, train_y, test_y = train_test_split(features, target, random_state=1)
    with fluent.start_run() as run:
        model = RandomForestClassifier(n_estimators=12, max_depth=3, random_state=1).fit(train_x, train_y)
        score = model.score(test_x, test_y)
    found = fluent.get_run(run.info.run_id)
    assert found.data.params["n_estimators"] == "12"
    assert found.data.params["max_depth"] == "3"
    assert {"training_score", "training_accuracy_score", "training_f1_score"} <= set(found.data.metrics)
    logged = [value for key, value in found.data.metrics.items() if key.startswith("RandomForestClassifier_score")]
    assert logged == [pytest.approx(score)]
    assert found.data.tags["estimator_name"] == "RandomForestClassifier"
    names = {file.path for file in fluent.MlflowClient().list_artifacts(run.info.run_id)}
    assert "training_confusion_matrix.png" in names
    assert len(found.inputs.dataset_inputs) >= 1


@pytest.mark.slow
def test_autologging_with_the_model(fluent):
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge

    fluent.sklearn.autolog(silent=True)
    features, target = load_diabetes(return_X_y=True)
    with fluent.start_run() as run:
        model = Ridge(alpha=0.5).fit(features, target)
    loaded = fluent.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert list(loaded.predict(features[:3])) == pytest.approx(list(model.predict(features[:3])))
    assert fluent.get_run(run.info.run_id).data.params["alpha"] == "0.5"


def test_a_grid_search_has_child_runs(fluent):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    fluent.sklearn.autolog(silent=True, log_models=False, max_tuning_runs=4)
    features, target = load_iris(return_X_y=True)
    with fluent.start_run() as parent:
        GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2, 3], "criterion": ["gini"]}, cv=2).fit(features, target)
    children = fluent.search_runs(
        filter_string=f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", output_format="list"
    )
    assert {child.data.params["max_depth"] for child in children} == {"1", "2", "3"}


def test_a_sweep_three_levels_deep(fluent):
    leaves = {}
    with fluent.start_run(run_name="sweep") as top:
        for model in ("tree", "line", "net"):
            with fluent.start_run(run_name=model, nested=True) as middle:
                fluent.log_param("model", model)
                for rate, depth in itertools.product((0.1, 0.01), (1, 2)):
                    with fluent.start_run(run_name=f"{model} {rate} {depth}", nested=True) as leaf:
                        fluent.log_params({"model": model, "rate": rate, "depth": depth})
                        loss = rate * depth + len(model)
                        for step in range(5):
                            fluent.log_metric("loss", loss / (step + 1), step=step)
                        leaves[leaf.info.run_id] = (middle.info.run_id, loss / 5)
                fluent.log_metric("best", min(loss for parent, loss in leaves.values() if parent == middle.info.run_id))
        fluent.log_metric("best", min(loss for _, loss in leaves.values()))

    def children(run_id, **arguments):
        text = f"tags.mlflow.parentRunId = '{run_id}'"
        return fluent.search_runs(filter_string=text, output_format="list", **arguments)

    middles = children(top.info.run_id, order_by=["metrics.best ASC"])
    assert [run.info.run_name for run in middles][0] == "net"
    assert len(middles) == 3
    for middle in middles:
        found = children(middle.info.run_id, order_by=["metrics.loss ASC"])
        assert len(found) == 4
        losses = [run.data.metrics["loss"] for run in found]
        assert losses == sorted(losses)
        assert {leaves[run.info.run_id][0] for run in found} == {middle.info.run_id}
    best = fluent.search_runs(order_by=["metrics.loss ASC"], max_results=1, filter_string="params.depth = '1'")
    assert best["metrics.loss"][0] == pytest.approx(min(loss for _, loss in leaves.values()))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_metric_of_a_hundred_thousand_steps(client, rest, run):
    def value(step):
        return math.nan if step % 9973 == 7 else math.sin(step) * 10 ** (step % 17 - 8)

    for start in range(0, STEPS, BATCH):
        steps = range(start, start + BATCH)
        client.log_batch(run, metrics=[Metric("curve", value(step), 1_000_000 + step, step) for step in steps])
    # The same again, as a client does whose answer was lost: nothing may be doubled.
    client.log_batch(run, metrics=[Metric("curve", value(step), 1_000_000 + step, step) for step in range(BATCH)])
    history = client.get_metric_history(run, "curve")
    assert len(history) == STEPS
    history.sort(key=lambda metric: metric.step)
    for step, metric in enumerate(history):
        wanted = value(step)
        assert metric.step == step and metric.timestamp == 1_000_000 + step
        assert metric.value == wanted or (math.isnan(metric.value) and math.isnan(wanted))
    last = client.get_run(run).data.metrics["curve"]
    assert last == value(STEPS - 1)
    sample = rest.below("/ajax-api/2.0/mlflow/").ok(
        "GET", "metrics/get-history-bulk-interval", query={"run_ids": run, "metric_key": "curve", "max_results": 320}
    )["metrics"]
    assert len(sample) <= 320 and (sample[0]["step"], sample[-1]["step"]) == (0, STEPS - 1)


def test_runs_side_by_side(server, experiment):
    def work(number):
        client = MlflowClient(server.url)
        run = client.create_run(experiment, run_name=f"worker {number}")
        generator = random.Random(number)
        for step in range(10):
            client.log_metric(run.info.run_id, "loss", generator.random(), step=step)
            client.log_param(run.info.run_id, f"p{step}", step)
            client.set_tag(run.info.run_id, "last", str(step))
        client.set_terminated(run.info.run_id)
        return run.info.run_id, generator.random()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = dict(pool.map(work, range(16)))
    client = MlflowClient(server.url)
    found = client.search_runs([experiment], "attributes.status = 'FINISHED'", max_results=100)
    assert {run.info.run_id for run in found} == set(done)
    for run in found:
        assert len(run.data.params) == 10
        assert run.data.tags["last"] == "9"
        assert len(client.get_metric_history(run.info.run_id, "loss")) == 10


def test_a_run_goes_on_later(fluent):
    with fluent.start_run() as first:
        fluent.log_metric("m", 1, step=1)
    with fluent.start_run(run_id=first.info.run_id) as second:
        fluent.log_metric("m", 2, step=2)
    assert second.info.run_id == first.info.run_id
    found = fluent.get_run(first.info.run_id)
    assert (found.data.metrics, found.info.status) == ({"m": 2}, "FINISHED")


def test_the_last_run_and_parents(fluent):
    with fluent.start_run() as parent:
        with fluent.start_run(nested=True) as child:
            pass
    assert fluent.last_active_run().info.run_id == parent.info.run_id
    assert fluent.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert fluent.get_parent_run(parent.info.run_id) is None


def test_logging_behind_the_back(fluent):
    with fluent.start_run() as run:
        for step in range(50):
            fluent.log_metric("m", step, step=step, synchronous=False)
        fluent.log_params({"a": 1, "b": 2}, synchronous=False)
        fluent.set_tags({"t": "1"}, synchronous=False)
        fluent.flush_async_logging()
    found = fluent.get_run(run.info.run_id)
    assert found.data.metrics == {"m": 49}
    assert found.data.params == {"a": "1", "b": "2"}
    assert len(fluent.MlflowClient().get_metric_history(run.info.run_id, "m")) == 50


def test_system_metrics(fluent):
    with fluent.start_run(log_system_metrics=False) as run:
        fluent.log_metrics({f"system/cpu_{number}_percentage": number / 7 for number in range(40)}, step=0)
    assert len(fluent.get_run(run.info.run_id).data.metrics) == 40


def test_a_table_of_many_runs(fluent, unique):
    client = fluent.MlflowClient()
    experiment = fluent.set_experiment(unique("table"))
    for number in range(60):
        run = client.create_run(experiment.experiment_id, run_name=f"r{number}")
        client.log_batch(run.info.run_id, metrics=[Metric("m", number, 1, 0)])
    table = fluent.search_runs(max_results=50, order_by=["metrics.m DESC"])
    assert list(table["metrics.m"]) == list(range(59, 9, -1))
    every = fluent.search_runs(order_by=["metrics.m ASC"], output_format="list")
    assert [run.data.metrics["m"] for run in every] == list(range(60))
