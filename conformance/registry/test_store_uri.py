"""A registry in a database of its own."""

import sqlite3

import pytest

from rest import Rest

pytestmark = pytest.mark.mlflow3


def test_the_registry_has_its_own_database(start_server, databases, unique):
    uri = databases("sqlite")
    rest = Rest(start_server("sqlite", ["--registry-store-uri", uri]).url)
    experiment = rest.experiment(unique("experiment"))
    run, logged, name = rest.run(experiment), rest.model(experiment, name="m"), unique("model")
    rest.ok("POST", "registered-models/create", {"name": name})
    source = f"models:/{logged}"
    body = {"name": name, "source": source, "run_id": run, "model_id": logged}
    assert rest.ok("POST", "model-versions/create", body)["model_version"]["run_id"] == run
    info = rest.ok("GET", f"logged-models/{logged}")["model"]["info"]
    assert [tag["key"] for tag in info["tags"]] == ["mlflow.modelVersions"]
    with sqlite3.connect(uri.removeprefix("sqlite:///")) as registry:
        assert registry.execute("SELECT name FROM registered_models").fetchall() == [(name,)]
        assert registry.execute("SELECT count(*) FROM runs").fetchall() == [(0,)]
