"""Registered models and their versions: made, read, changed and deleted by the real client."""

import concurrent.futures

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_error, assert_invalid, assert_missing


@pytest.fixture
def model(client, unique):
    return client.create_registered_model(unique("model"), {"team": "a", "stage": "x"}, "about it").name


@pytest.fixture
def version(client, model):
    """Makes one more version of `model` and returns its number."""
    return lambda **fields: client.create_model_version(model, "s3://bucket/model", **fields).version


def test_a_model_is_made_and_read(client, model):
    found = client.get_registered_model(model)
    assert (found.name, found.description, found.tags) == (model, "about it", {"team": "a", "stage": "x"})
    assert found.creation_timestamp == found.last_updated_timestamp > 1_600_000_000_000
    assert (found.latest_versions, found.aliases) == ([], {})


def test_a_model_is_changed(client, model):
    assert client.update_registered_model(model, "other").description == "other"
    client.set_registered_model_tag(model, "team", "b")
    client.delete_registered_model_tag(model, "stage")
    client.delete_registered_model_tag(model, "never there")
    found = client.get_registered_model(model)
    assert (found.description, found.tags) == ("other", {"team": "b"})
    assert found.last_updated_timestamp >= found.creation_timestamp


def test_a_name_is_taken_once(rest, unique):
    prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    name, other = unique("model"), unique("prompt")
    rest.ok("POST", "registered-models/create", {"name": name})
    rest.ok("POST", "registered-models/create", {"name": other, "tags": prompt})
    clash = "MLflow does not allow creating a model and a prompt with the same name."
    for body, message in [
        ({"name": name}, f"Registered Model (name={name}) already exists."),
        ({"name": other, "tags": prompt}, f"Prompt (name={other}) already exists."),
        (
            {"name": other},
            f"Tried to create a registered model with name '{other}', but the name is already taken by a prompt. {clash}",
        ),
        (
            {"name": name, "tags": prompt},
            f"Tried to create a prompt with name '{name}', but the name is already taken by a registered model. {clash}",
        ),
    ]:
        answer = rest.post("registered-models/create", body)
        assert_error(answer, 400, "RESOURCE_ALREADY_EXISTS", message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (" ", "Missing value for required parameter 'name'."),
        ("a/b", "Invalid model name 'a/b'. Names cannot contain '/' or ':'."),
        ("a:b", "Invalid model name 'a:b'. Names cannot contain '/' or ':'."),
    ],
)
def test_names_that_are_refused(rest, name, message):
    assert_invalid(rest.post("registered-models/create", {"name": name}), message)
    assert_invalid(rest.get("registered-models/get", {"name": name}), message)
    body = {"name": name, "version": "1", "key": "k", "value": "v"}
    assert_invalid(rest.post("model-versions/set-tag", body), message)


def test_renaming_takes_everything_along(client, model, version, unique):
    version(tags={"k": "v"})
    client.set_registered_model_alias(model, "champion", "1")
    renamed = unique("renamed")
    client.rename_registered_model(model, renamed)
    found = client.get_model_version_by_alias(renamed, "champion")
    assert (found.name, found.version, found.tags, found.aliases) == (renamed, "1", {"k": "v"}, ["champion"])
    assert client.get_registered_model(renamed).tags == {"team": "a", "stage": "x"}
    with pytest.raises(MlflowException, match=f"Registered Model with name={model} not found"):
        client.get_registered_model(model)
    client.create_registered_model(model)
    with pytest.raises(MlflowException, match=f"Registered Model \\(name={model}\\) already exists"):
        client.rename_registered_model(renamed, model)


def test_deleting_takes_everything_along(client, model, version):
    version(tags={"k": "v"})
    client.set_registered_model_alias(model, "champion", "1")
    client.delete_registered_model(model)
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version(model, "1")
    client.create_registered_model(model)
    assert client.get_registered_model(model).tags == {}
    assert version() == "1"


def test_a_version_is_made_and_read(client, model, run):
    made = client.create_model_version(
        model, "s3://bucket/model", run, {"k": "v"}, run_link="http://run", description="first"
    )
    found = client.get_model_version(model, made.version)
    assert (found.version, found.source, found.run_id) == ("1", "s3://bucket/model", run)
    assert (found.tags, found.run_link, found.description) == ({"k": "v"}, "http://run", "first")
    assert (found.current_stage, found.status, found.aliases) == ("None", "READY", [])
    assert client.get_model_version_download_uri(model, "1") == "s3://bucket/model"
    assert client.get_registered_model(model).latest_versions[0].version == "1"


def test_the_shape_of_a_version(rest, model):
    made = rest.ok("POST", "model-versions/create", {"name": model, "source": "s3://b/x"})["model_version"]
    assert made == {
        "name": model,
        "version": "1",
        "creation_timestamp": made["creation_timestamp"],
        "last_updated_timestamp": made["creation_timestamp"],
        "current_stage": "None",
        "description": "",
        "source": "s3://b/x",
        "run_id": "",
        "status": "READY",
        "run_link": "",
    }
    query = {"name": model, "version": "1"}
    assert rest.ok("GET", "model-versions/get", query=query) == {"model_version": made}


def test_a_version_is_changed(client, model, version):
    version()
    assert client.update_model_version(model, "1", "new").description == "new"
    client.set_model_version_tag(model, "1", "a", "1")
    client.set_model_version_tag(model, "1", "a", "2")
    client.set_model_version_tag(model, "1", "b", "3")
    client.delete_model_version_tag(model, "1", "b")
    assert client.get_model_version(model, "1").tags == {"a": "2"}


def test_a_deleted_version_leaves_its_number(client, model, version):
    for _ in range(2):
        version()
    client.set_registered_model_alias(model, "champion", "2")
    client.delete_model_version(model, "2")
    assert client.get_registered_model(model).aliases == {}
    with pytest.raises(MlflowException, match=f"Model Version \\(name={model}, version=2\\) not found"):
        client.get_model_version(model, "2")
    assert version() == "3"
    assert [v.version for v in client.search_model_versions(f"name = '{model}'")] == ["3", "1"]


def test_missing_versions(rest, model):
    body = {"name": model, "version": "7", "key": "k", "value": "v", "stage": "Staging", "alias": "a"}
    message = f"Model Version (name={model}, version=7) not found"
    assert_missing(rest.get("model-versions/get", {"name": model, "version": "7"}), message)
    assert_missing(rest.get("model-versions/get-download-uri", {"name": model, "version": "7"}), message)
    assert_missing(rest.post("model-versions/set-tag", body), message)
    assert_missing(rest.post("model-versions/transition-stage", body), message)
    assert_missing(rest.post("registered-models/alias", body), message)
    assert_missing(rest.patch("model-versions/update", body), message)
    assert_missing(rest.delete("model-versions/delete", body), message)
    message = "Parameter 'version' must be an integer, got 'x'."
    assert_invalid(rest.get("model-versions/get", {"name": model, "version": "x"}), message)


def test_stages(client, model, version):
    for _ in range(3):
        version()
    client.transition_model_version_stage(model, "1", "production")
    moved = client.transition_model_version_stage(model, "2", "Production", archive_existing_versions=True)
    assert moved.current_stage == "Production"
    assert client.get_model_version(model, "1").current_stage == "Archived"
    latest = {v.current_stage: v.version for v in client.get_latest_versions(model)}
    assert latest == {"Archived": "1", "Production": "2", "None": "3"}
    assert [v.version for v in client.get_latest_versions(model, ["archived"])] == ["1"]
    with pytest.raises(MlflowException, match="Invalid Model Version stage: bad. Value must be one of"):
        client.transition_model_version_stage(model, "1", "bad")


def test_aliases(client, rest, model, version):
    for _ in range(2):
        version()
    client.set_registered_model_alias(model, "champion", "1")
    client.set_registered_model_alias(model, "champion", "2")
    client.set_registered_model_alias(model, "a", "2")
    assert client.get_registered_model(model).aliases == {"champion": "2", "a": "2"}
    assert client.get_model_version_by_alias(model, "champion").aliases == ["a", "champion"]
    assert client.get_model_version_by_alias(model, "Latest").version == "2"
    client.delete_registered_model_alias(model, "champion")
    client.delete_registered_model_alias(model, "champion")
    with pytest.raises(MlflowException, match="Registered model alias champion not found."):
        client.get_model_version_by_alias(model, "champion")
    for alias, message in [
        ("latest", "'latest' alias name (case insensitive) is reserved."),
        ("v1", "Version alias name 'v1' is reserved."),
        ("x" * 256, "'Registered model alias name' exceeds the maximum length of 255 characters"),
    ]:
        body = {"name": model, "alias": alias, "version": "1"}
        assert_invalid(rest.post("registered-models/alias", body), message)


def test_a_version_is_copied(client, model, version, run, unique):
    version(run_id=run)
    copy = client.copy_model_version(f"models:/{model}/1", unique("copy"))
    assert (copy.version, copy.source, copy.run_id) == ("1", f"models:/{model}/1", run)
    assert client.get_model_version_download_uri(unique("copy"), "1") == "s3://bucket/model"


@pytest.mark.mlflow3
def test_a_logged_model_knows_its_versions(client, experiment, run, model, version):
    logged = client.create_logged_model(experiment, name="m", source_run_id=run)
    for number in ("1", "2"):
        made = client.create_model_version(model, f"models:/{logged.model_id}", model_id=logged.model_id)
        assert (made.version, made.run_id) == (number, run)
    tag = client.get_logged_model(logged.model_id).tags["mlflow.modelVersions"]
    assert tag == f'[{{"name": "{model}", "version": 1}}, {{"name": "{model}", "version": 2}}]'
    assert client.get_model_version_download_uri(model, "1") == logged.artifact_location


def test_sixteen_writers_get_numbers_in_a_row(client, model):
    def write(_):
        return int(client.create_model_version(model, "s3://bucket/model").version)

    with concurrent.futures.ThreadPoolExecutor(16) as writers:
        numbers = list(writers.map(write, range(64)))
    assert sorted(numbers) == list(range(1, 65))


def test_a_file_of_a_version_is_fetched(client, rest, model, run, tmp_path):
    (tmp_path / "MLmodel").write_text("flavors: {}")
    client.log_artifact(run, str(tmp_path / "MLmodel"), "model")
    source = f"{client.get_run(run).info.artifact_uri}/model"
    client.create_model_version(model, source, run)
    query = {"name": model, "version": "1", "path": "MLmodel"}
    answer = rest.get("/model-versions/get-artifact", query)
    assert (answer.status, answer.text) == (200, "flavors: {}")
    assert rest.get("/model-versions/get-artifact", {**query, "path": "../../x"}).status == 400
