"""Logging models with the fluent API, and the old record of models on a run."""

import json

import pytest

from rest import assert_invalid, assert_missing, pairs


@pytest.mark.mlflow3
def test_python_model_goes_around(fluent):
    class Doubler(fluent.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return [2 * value for value in model_input]

    with fluent.start_run() as run:
        logged = fluent.pyfunc.log_model(
            name="doubler", python_model=Doubler(), params={"factor": 2}, pip_requirements=["mlflow"]
        )
    model = fluent.get_logged_model(logged.model_id)
    assert (model.name, model.source_run_id, str(model.status)) == ("doubler", run.info.run_id, "READY")
    assert model.params["factor"] == "2"
    assert [out.model_id for out in fluent.get_run(run.info.run_id).outputs.model_outputs] == [model.model_id]
    loaded = fluent.pyfunc.load_model(f"models:/{model.model_id}")
    assert loaded.predict([1, 2, 3]) == [2, 4, 6]
    names = {file.path for file in fluent.MlflowClient().list_logged_model_artifacts(model.model_id)}
    assert "MLmodel" in names


@pytest.mark.mlflow3
def test_sklearn_model_goes_around(fluent):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    features, target = load_iris(return_X_y=True, as_frame=True)
    fitted = LogisticRegression(max_iter=500).fit(features, target)
    with fluent.start_run():
        logged = fluent.sklearn.log_model(
            fitted, name="iris", pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    loaded = fluent.sklearn.load_model(logged.model_uri)
    assert list(loaded.predict(features.head(5))) == list(fitted.predict(features.head(5)))


@pytest.mark.mlflow3
def test_a_failed_model_is_marked(fluent):
    model = fluent.create_external_model(name="outside", params={"a": "b"})
    assert fluent.get_logged_model(model.model_id).params == {"a": "b"}
    with pytest.raises(ZeroDivisionError):
        with fluent.start_run():
            created = fluent.initialize_logged_model(name="fails")
            raise ZeroDivisionError
    assert str(fluent.get_logged_model(created.model_id).status) == "PENDING"


@pytest.mark.mlflow3
def test_files_of_a_model(fluent, server, rest, tmp_path):
    client = fluent.MlflowClient()
    model = fluent.initialize_logged_model(name="files")
    (tmp_path / "note.txt").write_text("hello")
    client.log_model_artifact(model.model_id, str(tmp_path / "note.txt"))
    assert [file.path for file in client.list_logged_model_artifacts(model.model_id)] == ["note.txt"]
    route = f"/ajax-api/2.0/mlflow/logged-models/{model.model_id}/artifacts/files"
    assert rest.get(route, {"artifact_file_path": "note.txt"}).text == "hello"


class TestOldRecord:
    """`runs/log-model`, which older clients send: a tag on the run lists the models."""

    MODEL = {
        "artifact_path": "model",
        "flavors": {"python_function": {"loader_module": "x", "env": {}}},
        "utc_time_created": "2020-01-01 00:00:00.000000",
        "run_id": "abc",
        "model_uuid": "u",
    }

    def put(self, rest, run_id, model):
        return rest.post("runs/log-model", {"run_id": run_id, "model_json": json.dumps(model)})

    def history(self, rest, run_id):
        return json.loads(pairs(rest.read_run(run_id)["data"]["tags"])["mlflow.log-model.history"])

    def test_models_are_listed(self, rest, run):
        assert self.put(rest, run, self.MODEL).json == {}
        assert self.put(rest, run, {**self.MODEL, "artifact_path": "second"}).status == 200
        first, second = self.history(rest, run)
        assert (first["artifact_path"], second["artifact_path"]) == ("model", "second")
        assert first["flavors"] == {"python_function": {"loader_module": "x", "env": {}}}
        assert first["utc_time_created"] == self.MODEL["utc_time_created"]

    def test_refusals(self, rest, run):
        missing = self.put(rest, run, {"run_id": "x", "flavors": {}, "utc_time_created": "y"})
        assert_invalid(missing, "Model json is missing mandatory fields: {'artifact_path'}")
        answer = rest.post("runs/log-model", {"run_id": run, "model_json": "no json"})
        assert_invalid(answer, "Malformed model info. \n no json \n is not a valid JSON.")
        assert_missing(self.put(rest, "0" * 32, self.MODEL), f"Run with id={'0' * 32} not found")

    @pytest.mark.safer
    @pytest.mark.parametrize("text", ["[]", "5", '"text"', "null"])
    def test_json_that_is_no_object(self, rest, run, text):
        answer = rest.post("runs/log-model", {"run_id": run, "model_json": text})
        assert 400 <= answer.status < 500
