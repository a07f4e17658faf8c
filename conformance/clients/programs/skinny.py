"""What a program does that has an older `mlflow-skinny`: track runs, register a model, look both up again.

Its findings go to standard output as JSON. It runs under each of the older clients, so it keeps to what all of them have.
"""

import json
import pathlib
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

name = sys.argv[1]
client = MlflowClient()
experiment_id = client.create_experiment(name, tags={"team": "shop"})
experiment = mlflow.set_experiment(name)
assert experiment.experiment_id == experiment_id
with mlflow.start_run(run_name="parent", description="the first") as parent:
    mlflow.log_params({"rate": 0.001, "depth": 3, "nothing": None})
    mlflow.log_metrics({"loss": 0.5, "unknown": float("nan"), "worst": float("inf")}, step=1)
    mlflow.log_metric("loss", 0.25, step=2)
    mlflow.set_tags({"stage": "draft", "unicode": "wörld 🦘"})
    mlflow.log_dict({"ä": [1, 2.5]}, "data/values.json")
    mlflow.log_text("x" * 3_000_000, "long.txt")
    pathlib.Path("model").mkdir()
    pathlib.Path("model/MLmodel").write_text("flavors: {}\n")
    mlflow.log_artifacts("model", "model")
    with mlflow.start_run(nested=True) as child:
        client.log_batch(
            child.info.run_id,
            [Metric("loss", 1 / step, 1764561234567 + step, step) for step in range(1, 1001)],
            [Param("seed", "42")],
            [RunTag("kind", "child")],
        )
run_id = parent.info.run_id
client.delete_tag(run_id, "stage")
try:
    client.log_param(run_id, "rate", "2")
    refusal = None
except mlflow.exceptions.MlflowException as error:
    refusal = [error.error_code, str(error)]

model = client.create_registered_model(name, tags={"task": "none"}, description="about it")
version = client.create_model_version(name, f"{parent.info.artifact_uri}/model", run_id, tags={"checked": "no"})
client.set_registered_model_alias(name, "champion", version.version)
client.set_model_version_tag(name, version.version, "checked", "yes")
client.transition_model_version_stage(name, version.version, "Staging")
mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="long.txt", dst_path=".")

runs = client.search_runs([experiment_id], "metrics.loss < 0.3 and params.rate = '0.001'")
children = client.search_runs([experiment_id], f"tags.mlflow.parentRunId = '{run_id}'", order_by=["metrics.loss ASC"])
page = client.search_experiments(filter_string=f"name = '{name}'")
history = client.get_metric_history(child.info.run_id, "loss")
print(
    json.dumps(
        {
            "version": mlflow.__version__,
            "experiment_id": experiment_id,
            "run_id": run_id,
            "child": child.info.run_id,
            "runs": [run.info.run_id for run in runs],
            "children": [run.info.run_id for run in children],
            "experiments": [[found.experiment_id, found.tags["team"]] for found in page],
            "history": len(history),
            "last": [history[-1].step, history[-1].value],
            "artifacts": sorted([item.path, item.is_dir, item.file_size] for item in client.list_artifacts(run_id)),
            "long": pathlib.Path("long.txt").stat().st_size,
            "values": mlflow.artifacts.load_dict(f"{parent.info.artifact_uri}/data/values.json"),
            "refusal": refusal,
            "by_alias": client.get_model_version_by_alias(name, "champion").version,
            "stages": [found.current_stage for found in client.get_latest_versions(name, ["Staging"])],
            "models": [found.name for found in client.search_registered_models(f"name = '{name}'")],
            "source": client.get_model_version_download_uri(name, version.version),
        }
    )
)
