"""Makes databases: by the real MLflow, by Headwater's program, by Headwater's scripts."""

import contextlib
import os
import pathlib
import sqlite3

import mlflow
import psycopg2
import pytest
from packaging.version import Version

import servers
from postgres import plain_uri

SCRIPTS = pathlib.Path(__file__).parents[2] / "crates" / "schema" / "sql"
RELEASE, VERSION = "3.18", "f4a9b2c7d1e6"


def skip_if_mlflow_is_older():
    """An MLflow that is older than the schema that Headwater makes opens no such database."""
    if Version(mlflow.__version__) < Version(RELEASE):
        pytest.skip(f"MLflow {mlflow.__version__} is older than the schema")


def engine_of(uri):
    return "sqlite" if uri.startswith("sqlite:") else "postgres"


@contextlib.contextmanager
def connected(uri):
    """A database connection in one transaction, committed at the end of the block."""
    if engine_of(uri) == "sqlite":
        connection = sqlite3.connect(uri.removeprefix("sqlite:///"))
    else:
        connection = psycopg2.connect(plain_uri(uri))
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def execute(uri, statement):
    """Runs one statement and returns its rows, if it has any."""
    with connected(uri) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def run_script(uri, text):
    """Runs a whole script of statements in one transaction."""
    with connected(uri) as connection:
        if engine_of(uri) == "sqlite":
            connection.executescript(f"BEGIN;\n{text}\nCOMMIT;")
        else:
            # The last statement is for a script of comments alone, which psycopg2 refuses.
            connection.cursor().execute(f"{text}\n; SELECT 1")


def script(uri, prefix=""):
    """The text of Headwater's script for the engine; `prefix` is empty or `auth-`."""
    return (SCRIPTS / f"{prefix}{engine_of(uri)}.sql").read_text()


def own_script():
    """The text of Headwater's additions, the same for both engines."""
    return (SCRIPTS / "headwater.sql").read_text()


def made_by_mlflow(uri, artifacts):
    """Lets the real tracking store initialise an empty database, as its server does at start."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(uri, str(artifacts))
    store._dispose_engine()


def moved_by_mlflow(uri, version):
    """Lets MLflow's own migrations bring a database up or down to a version."""
    import sqlalchemy
    from alembic import command
    from mlflow.store.db.utils import _get_alembic_config

    newer = version == VERSION
    engine = sqlalchemy.create_engine(uri)
    config = _get_alembic_config(uri)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if newer else command.downgrade)(config, version)
    engine.dispose()


def auth_made_by_mlflow(uri):
    """Lets the real basic-auth app's store initialise an empty database."""
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore()
    store.init_db(uri)
    store.engine.dispose()


def made_by_headwater(uri, folder):
    """Starts `headwater server` on an empty database and stops it."""
    servers.start("headwater", folder, uri, engine_of(uri)).stop()


def has_headwater():
    return bool(os.environ.get("HEADWATER_BIN"))
