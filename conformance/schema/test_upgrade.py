"""`headwater db upgrade` beside MLflow's own upgrade: the same schema, the same rows; and both ways again."""

import subprocess

import pytest

import databases as rooms
import servers
from inspect_schema import describe, differences
from postgres import plain_uri

pytestmark = pytest.mark.headwater_only

OLD_VERSION = "dc11669786a5"
ISSUES = """
INSERT INTO issues (issue_id, experiment_id, name, description, status, categories, created_timestamp,
    last_updated_timestamp)
VALUES ('iss-1', 0, 'a', 'd', 'pending', '["Cost", "cost ", "speed"]', 5, 6),
    ('iss-2', 0, 'b', 'd', 'pending', NULL, 7, 8);
"""


@pytest.fixture(autouse=True)
def newest():
    rooms.skip_if_mlflow_is_older()


def headwater(*arguments):
    done = subprocess.run(
        [*servers.program("headwater"), "db", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def old(engine, databases, tmp_path):
    """Makes databases of MLflow 3.17.2 with issues in them."""

    def make():
        uri = databases(engine)
        rooms.made_by_mlflow(uri, tmp_path)
        rooms.moved_by_mlflow(uri, OLD_VERSION)
        assert describe(uri)["versions"] == {"alembic_version": [OLD_VERSION]}
        rooms.run_script(uri, ISSUES)
        return uri

    return make


def rows(uri):
    tables = describe(uri)["tables"]
    found = {}
    for table in tables:
        names = ", ".join(f'"{name}"' for name in sorted(tables[table]["column_order"]))
        found[table] = sorted(rooms.execute(uri, f'SELECT {names} FROM "{table}"'), key=str)
    return {
        name: of_table
        for name, of_table in found.items()
        if name in ("issues", "issue_categories", "alembic_version", "workspaces", "skills")
    }


def test_an_upgrade_is_mlflows(old):
    ours, theirs = old(), old()
    assert "Would upgrade" in headwater("upgrade", plain_uri(ours), "--dry-run")
    assert describe(ours)["versions"] == {"alembic_version": [OLD_VERSION]}
    said = headwater("upgrade", plain_uri(ours))
    assert "issue_categories" in said and "2 issues" in said
    rooms.moved_by_mlflow(theirs, rooms.VERSION)
    found = differences(describe(theirs), describe(ours))
    assert not found, "\n".join(found)
    assert rows(ours) == rows(theirs)
    assert "Nothing to do" in headwater("upgrade", plain_uri(ours))
    assert "MLflow 3.18" in headwater("status", plain_uri(ours))


def test_the_way_back_is_mlflows(old):
    uri = old()
    before = describe(uri)
    headwater("upgrade", plain_uri(uri))
    assert "Lost: 0 skills" in headwater("downgrade", plain_uri(uri), "--to", "3.17", "--yes")
    found = differences(before, describe(uri))
    assert not found, "\n".join(found)
