"""Optuna's own callback for MLflow: a run for each trial."""

import optuna
import pytest
from optuna_integration import MLflowCallback

from rest import pairs

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    rate = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
    depth = trial.suggest_int("depth", 1, 8)
    kind = trial.suggest_categorical("kind", ["linear", "tree"])
    trial.set_user_attr("fold", trial.number)
    return depth * rate + (kind == "tree")


def runs_of(rest, name):
    query = {"experiment_name": name}
    experiment = rest.ok("GET", "experiments/get-by-name", query=query)["experiment"]["experiment_id"]
    found = rest.ok("POST", "runs/search", {"experiment_ids": [experiment], "order_by": ["attributes.start_time ASC"]})
    return experiment, found["runs"]


def test_a_study(server, pointed, rest, unique):
    name = unique("study")
    callback = MLflowCallback(tracking_uri=server.url, metric_name="cost", tag_study_user_attrs=True)
    study = optuna.create_study(study_name=name, sampler=optuna.samplers.RandomSampler(seed=7))
    study.set_user_attr("team", "shop")
    study.optimize(objective, n_trials=5, callbacks=[callback])
    experiment, runs = runs_of(rest, name)
    stored = {run["info"]["run_name"]: run for run in runs}
    assert sorted(stored) == [str(number) for number in range(5)]
    for trial in study.trials:
        run = stored[str(trial.number)]
        assert run["info"]["status"] == "FINISHED"
        (cost,) = run["data"]["metrics"]
        assert (cost["key"], cost["value"]) == ("cost", pytest.approx(trial.value, rel=1e-15))
        assert pairs(run["data"]["params"]) == {key: str(value) for key, value in trial.params.items()}
        tags = pairs(run["data"]["tags"])
        assert (tags["number"], tags["state"], tags["direction"]) == (str(trial.number), "COMPLETE", "MINIMIZE")
        assert (tags["team"], tags["fold"]) == ("shop", str(trial.number))
        assert "FloatDistribution" in tags["rate_distribution"]
    query = {"experiment_ids": [experiment], "order_by": ["metrics.cost ASC"], "max_results": 1}
    (best,) = rest.ok("POST", "runs/search", query)["runs"]
    assert best["info"]["run_name"] == str(study.best_trial.number)


def test_runs_that_the_objective_logs_to(server, pointed, rest, unique):
    """Trials below a run of the program's own, into which the objective logs as well."""
    import mlflow

    name = unique("nested")
    mlflow.set_experiment(name)
    callback = MLflowCallback(
        tracking_uri=server.url, create_experiment=False, mlflow_kwargs={"nested": True}, metric_name=["cost", "size"]
    )

    @callback.track_in_mlflow()
    def both(trial):
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        return objective(trial), trial.number

    with mlflow.start_run(run_name="parent") as parent:
        study = optuna.create_study(directions=["minimize", "maximize"], sampler=optuna.samplers.RandomSampler(seed=7))
        study.optimize(both, n_trials=2, callbacks=[callback])
    _, (first, *trials) = runs_of(rest, name)
    assert first["info"]["run_id"] == parent.info.run_id
    assert len(trials) == 2
    for number, run in enumerate(trials):
        assert pairs(run["data"]["tags"])["mlflow.parentRunId"] == parent.info.run_id
        values = {metric["key"]: metric["value"] for metric in run["data"]["metrics"]}
        assert values == {"cost": study.trials[number].values[0], "size": number, "loss": 1 / 3}
        steps = [point["step"] for point in rest.history(run["info"]["run_id"], "loss")["metrics"]]
        assert steps == [0, 1, 2]
