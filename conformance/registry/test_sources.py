"""Sources of model versions: nothing is read that the caller has no claim to."""

import pytest

from rest import assert_error, assert_invalid


@pytest.fixture
def create(rest, unique):
    name = unique("model")
    rest.ok("POST", "registered-models/create", {"name": name})
    return lambda source, **fields: rest.post("model-versions/create", {"name": name, "source": source, **fields})


@pytest.mark.parametrize("source", ["/etc", "file:///etc", "etc", "dummy-source"])
def test_folders_of_the_server(create, source, run):
    message = (
        f"Invalid model version source: '{source}'. To use a local path as a model version source, the run_id "
        "request parameter has to be specified and the local path has to be contained within the artifact "
        "directory of the run specified by the run_id."
    )
    assert_invalid(create(source), message)
    # The reference shows the folder that it made of the source.
    assert_invalid(create(source, run_id=run))


def test_a_folder_of_the_runs_own(rest, create, unique, tmp_path):
    experiment = rest.experiment(unique("local"), artifact_location=str(tmp_path))
    run = rest.run(experiment)
    uri = rest.read_run(run)["info"]["artifact_uri"]
    assert create(f"{uri}/model", run_id=run).status == 200
    assert_invalid(create(f"{uri}/../../x", run_id=run))
    assert_invalid(create(f"{uri}/model"))


@pytest.mark.parametrize(
    "source",
    ["s3://b/../x", "s3://b/%2e%2e/x", "s3://b/%252e%252e/x", "s3://b/x%00", "s3://b/./x", "gs://x/", "s3://b"],
)
def test_paths_that_lead_elsewhere(create, source):
    answer = create(source)
    assert_invalid(answer)
    assert answer.message.endswith("Please provide an absolute path.")


@pytest.mark.parametrize("source", ["s3://b/x", "dbfs:/x", "s3:/b//x", "S3://b/x", "s3://b/x y", "s3://b/x?y=../z"])
def test_other_stores(create, source):
    assert create(source).json["model_version"]["source"] == source


@pytest.mark.parametrize("source", ["http://evil.example/x", "ftp://a/b", "mlflow-artifacts://h/1/x"])
def test_other_hosts(create, source):
    answer = create(source)
    assert_invalid(answer)
    assert answer.message.startswith("'source' cannot use the '")


def test_proxied_artifacts_are_the_runs_own(rest, create, run, experiment):
    uri = rest.read_run(run)["info"]["artifact_uri"]
    other = rest.run(experiment)
    assert create(f"{uri}/model", run_id=run).status == 200
    assert create(f"runs:/{run}/model", run_id=run).status == 200
    for answer in [
        create(f"{uri}/model"),
        create(f"{uri}/model", run_id=other),
        create(f"{uri}x/model", run_id=run),
        create(f"{uri}/model", run_id="gone"),
        create(f"runs:/{run}/model"),
        create(f"runs:/{run}/model", run_id=other),
        create(f"runs://h/{run}", run_id=run),
    ]:
        assert_invalid(answer)
        assert answer.message.endswith(
            "The run_id request parameter must identify the resource that contains the source."
        )


def test_other_versions(rest, create, unique):
    model, prompt = unique("model"), unique("prompt")
    is_prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    rest.ok("POST", "registered-models/create", {"name": prompt, "tags": is_prompt})
    assert create("s3://b/x").status == 200
    assert create(f"models:/{model}/latest").json["model_version"]["source"] == f"models:/{model}/1"
    assert_invalid(create(f"models:/{model}@none"), "Registered model alias none not found.")
    source = f"models:/{model}/9"
    assert_error(create(source), 404, "RESOURCE_DOES_NOT_EXIST", f"Model Version (name={model}, version=9) not found")
    source = f"models:/{prompt}/1"
    why = "Prompt versions cannot be used as model version sources."
    assert_invalid(create(source), f"Invalid model version source: '{source}'. {why}")
    source = f"models:/{model}/1"
    why = "The run_id and model_id request parameters must match the referenced model version."
    assert_invalid(create(source, run_id="other"), f"Invalid model version source: '{source}'. {why}")
    for source in ["models:/", f"models:/{model}/1/2", "models:/m-abc"]:
        assert_invalid(create(source))


def test_prompts_have_no_source(create):
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "mlflow.prompt.text", "value": "hi"}]
    message = "Invalid prompt source: '/etc'. Prompt sources must use an MLflow placeholder."
    assert_invalid(create("/etc", tags=tags), message)
    assert create("dummy-source", tags=tags).status == 200
    long = [*tags[:1], {"key": "mlflow.prompt.text", "value": "x" * 100_001}]
    assert_invalid(create("dummy-source", tags=long), "Prompt text exceeds max length of 100000 characters.")
