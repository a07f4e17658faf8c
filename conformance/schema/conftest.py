"""Fixtures of the schema tests."""

import pytest

import databases as rooms


@pytest.fixture(scope="session")
def reference_uri(engine, databases, tmp_path_factory):
    """A database that the real MLflow made; read it, do not write to it."""
    uri = databases(engine)
    rooms.made_by_mlflow(uri, tmp_path_factory.mktemp("artifacts"))
    return uri
