"""Fixtures of the schema tests."""

import os

import pytest
from mlflow import MlflowClient

import databases as rooms
import servers


@pytest.fixture(scope="session")
def reference_uri(engine, databases, tmp_path_factory):
    """A database that the real MLflow made; read it, do not write to it."""
    uri = databases(engine)
    rooms.made_by_mlflow(uri, tmp_path_factory.mktemp("artifacts"))
    return uri


@pytest.fixture(scope="session", params=["mlflow", "server"])
def shared(request, engine, kind, databases, tmp_path_factory):
    """A running server and the URI of its database, which MLflow or the server itself created."""
    if request.param == "server":
        rooms.skip_if_mlflow_is_older()
    uri = databases(engine)
    if request.param == "mlflow":
        rooms.made_by_mlflow(uri, tmp_path_factory.mktemp("artifacts"))
    environment = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": os.environ["MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"],
    }
    folder = tmp_path_factory.mktemp("shared")
    server = servers.start(kind, folder, uri, engine, environment=environment)
    yield server, uri
    servers.remove(server)


@pytest.fixture(scope="session", params=["database-first", "server-first"])
def sides(request, shared):
    """Two clients of one store: one writes SQL itself, one talks to the server; in either order."""
    server, uri = shared
    clients = [MlflowClient(uri, uri), MlflowClient(server.url, server.url)]
    return clients if request.param == "database-first" else clients[::-1]
