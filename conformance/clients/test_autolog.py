"""Autologging of libraries for machine learning: one call in a program, and all it trains is stored."""

import json

import lightgbm
import numpy
import pytest
import statsmodels.api as statsmodels
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rest import pairs

RANDOM = numpy.random.default_rng(7)
ROWS = RANDOM.normal(size=(120, 3))
LABELS = (ROWS @ [1.0, -2.0, 0.5] > 0).astype(int)


@pytest.fixture
def autolog(fluent):
    """Turns the autologging of a flavour on, and off after the test."""
    used = []

    def turn_on(flavour, **options):
        used.append(flavour)
        getattr(fluent, flavour).autolog(silent=True, **options)

    yield turn_on
    for flavour in used:
        getattr(fluent, flavour).autolog(disable=True, silent=True)


@pytest.fixture
def runs(rest):
    def of(experiment_id):
        body = {"experiment_ids": [experiment_id], "order_by": ["attributes.start_time ASC"]}
        return rest.ok("POST", "runs/search", body)["runs"]

    return of


def values(run):
    return {metric["key"]: metric["value"] for metric in run["data"]["metrics"]}


def test_lightgbm(autolog, fluent, client, rest):
    autolog("lightgbm", log_models=False)
    train = lightgbm.Dataset(ROWS[:80], LABELS[:80])
    valid = lightgbm.Dataset(ROWS[80:], LABELS[80:], reference=train)
    settings = {"objective": "binary", "metric": ["binary_logloss", "auc"], "num_leaves": 5, "num_threads": 1}
    settings["verbose"] = -1
    with fluent.start_run() as active:
        booster = lightgbm.train(
            settings, train, num_boost_round=12, valid_sets=[train, valid], valid_names=["train", "valid"]
        )
        # Autologging would look for what the model requires, which takes long.
        fluent.lightgbm.log_model(booster, name="model", pip_requirements=["lightgbm"], input_example=ROWS[:2])
    run_id = active.info.run_id
    run = rest.read_run(run_id)
    params = pairs(run["data"]["params"])
    assert (params["num_leaves"], params["objective"], params["num_boost_round"]) == ("5", "binary", "12")
    assert params["metric"] == "['binary_logloss', 'auc']"
    assert set(values(run)) == {f"{part}-{name}" for part in ("train", "valid") for name in ("binary_logloss", "auc")}
    losses = rest.history(run_id, "valid-binary_logloss")["metrics"]
    assert [point["step"] for point in losses] == list(range(12))
    assert losses[0]["value"] > losses[-1]["value"] == values(run)["valid-binary_logloss"]
    paths = {item.path for item in client.list_artifacts(run_id)}
    assert {f"feature_importance_{kind}.{end}" for kind in ("gain", "split") for end in ("png", "json")} <= paths
    importance = json.loads(fluent.artifacts.load_text(f"{run['info']['artifact_uri']}/feature_importance_split.json"))
    assert list(importance.values()) == booster.feature_importance("split").tolist()
    assert len(run["inputs"]["dataset_inputs"]) == 3
    (output,) = run["outputs"]["model_outputs"]
    loaded = fluent.lightgbm.load_model(f"models:/{output['model_id']}")
    assert numpy.array_equal(loaded.predict(ROWS), booster.predict(ROWS))


def test_a_search_of_scikit_learn(autolog, fluent, runs):
    autolog("sklearn", log_models=False, max_tuning_runs=3)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1, 10]}, cv=3)
    with fluent.start_run() as active:
        search.fit(ROWS, LABELS)
    stored = runs(active.info.experiment_id)
    (parent,) = [run for run in stored if run["info"]["run_id"] == active.info.run_id]
    children = [run for run in stored if run is not parent]
    assert {pairs(run["data"]["tags"])["mlflow.parentRunId"] for run in children} == {active.info.run_id}
    assert values(parent)["best_cv_score"] == search.best_score_
    best = str(search.best_params_["logisticregression__C"])
    assert pairs(parent["data"]["params"])["best_logisticregression__C"] == best
    tried = {pairs(run["data"]["params"])["logisticregression__C"]: values(run)["mean_test_score"] for run in children}
    assert tried == dict(zip(["0.1", "1", "10"], search.cv_results_["mean_test_score"], strict=True))
    assert pairs(parent["data"]["tags"])["estimator_name"] == "GridSearchCV"


def test_statsmodels(autolog, fluent, rest):
    autolog("statsmodels", log_models=False)
    target = ROWS @ [1.0, -2.0, 0.5] + 0.1 * RANDOM.normal(size=120)
    with fluent.start_run() as active:
        fitted = statsmodels.OLS(target, statsmodels.add_constant(ROWS)).fit()
    run = rest.read_run(active.info.run_id)
    assert values(run)["rsquared"] == fitted.rsquared
    assert values(run)["f_pvalue"] == fitted.f_pvalue
    summary = fluent.artifacts.load_text(f"{run['info']['artifact_uri']}/model_summary.txt")
    assert "OLS Regression Results" in summary
