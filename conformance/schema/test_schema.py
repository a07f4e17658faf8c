"""Holds the schema that Headwater creates against the one that the real MLflow creates.

Headwater's database is made twice: by running its scripts, and by starting its server on an empty
database (skipped while HEADWATER_BIN is not set).
"""

import pytest

import databases as rooms
from inspect_schema import describe, differences


@pytest.fixture(autouse=True)
def newest():
    rooms.skip_if_mlflow_is_older()


# Columns whose values depend on when and where a store was made.
OF_THE_MOMENT = {"creation_time", "last_update_time", "artifact_location"}


@pytest.fixture(scope="session", params=["scripts", "server"])
def headwater_uri(request, engine, databases, tmp_path_factory):
    """A database that Headwater made; read it, do not write to it."""
    if request.param == "server" and not rooms.has_headwater():
        pytest.skip("HEADWATER_BIN is not set")
    uri = databases(engine)
    if request.param == "server":
        rooms.made_by_headwater(uri, tmp_path_factory.mktemp("headwater"))
    else:
        rooms.run_script(uri, rooms.script(uri))
    return uri


def assert_same(expected, actual):
    found = differences(expected, actual)
    assert not found, "\n".join(["the schema differs from MLflow's:", *found])


def rows(uri, leave_out=()):
    """Every row of every table of MLflow, without what depends on the moment."""
    description = describe(uri)
    found = {}
    for table in description["tables"].keys() - set(leave_out):
        columns = [
            name
            for name in description["tables"][table]["column_order"]
            if name not in OF_THE_MOMENT
        ]
        names = ", ".join(f'"{name}"' for name in columns)
        values = rooms.execute(uri, f'SELECT {names} FROM "{table}"')
        found[table] = sorted((dict(zip(columns, row, strict=True)) for row in values), key=str)
    return found


def test_schema_is_mlflows(reference_uri, headwater_uri):
    assert_same(describe(reference_uri), describe(headwater_uri))


def test_version_is_the_one_of_3_18_0(reference_uri):
    assert describe(reference_uri)["versions"] == {"alembic_version": [rooms.VERSION]}


def test_rows_of_a_new_store_are_mlflows(request, reference_uri, headwater_uri):
    # The default experiment is no part of the schema: the server writes it when it starts.
    by_scripts = request.node.callspec.params["headwater_uri"] == "scripts"
    leave_out = ["experiments"] if by_scripts else []
    assert rows(headwater_uri, leave_out) == rows(reference_uri, leave_out)


def test_mlflow_opens_the_database_and_leaves_the_schema_alone(engine, databases, tmp_path):
    uri = databases(engine)
    rooms.run_script(uri, rooms.script(uri))
    for _ in range(2):
        rooms.run_script(uri, rooms.own_script())
    before = describe(uri)
    rooms.made_by_mlflow(uri, tmp_path)
    assert rooms.execute(uri, "SELECT experiment_id, name FROM experiments") == [(0, "Default")]
    after = describe(uri)
    assert_same(before, after)
    assert after["own"] == before["own"]


def test_additions_are_all_named_as_headwaters(engine, databases):
    uri = databases(engine)
    rooms.run_script(uri, rooms.script(uri))
    before = describe(uri)
    rooms.run_script(uri, rooms.own_script())
    assert_same(before, describe(uri))


def test_scripts_may_be_cut_at_empty_lines(engine, databases):
    uri = databases(engine)
    for piece in rooms.script(uri).split("\n\n"):
        if any(line and not line.startswith("--") for line in piece.splitlines()):
            rooms.run_script(uri, piece)
    whole = databases(engine)
    rooms.run_script(whole, rooms.script(whole))
    assert_same(describe(whole), describe(uri))


def test_auth_schema_is_mlflows(engine, databases):
    pytest.importorskip("flask_wtf", reason="mlflow[auth] is not installed")
    reference, headwater = databases(engine), databases(engine)
    rooms.auth_made_by_mlflow(reference)
    rooms.run_script(headwater, rooms.script(headwater, "auth-"))
    assert_same(describe(reference), describe(headwater))
