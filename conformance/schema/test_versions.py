"""A database that cannot be served is refused at start, with one sentence that says why."""

import re
import subprocess

import pytest

import databases as rooms
import servers

pytestmark = pytest.mark.headwater_only

START_SECONDS = 30
# The last revision before 3.17.2's, which is the oldest that is served; and one that no release has.
OLDER, UNKNOWN = "75868b020152", "ffffffffffff"


@pytest.fixture
def refused(tmp_path):
    """Starts the server on a database that it must refuse; returns what it printed."""

    def start(uri):
        port = str(servers.free_port())
        artifacts = str(tmp_path / "artifacts")
        command = [*servers.program("headwater"), "server", "--port", port]
        command += ["--backend-store-uri", uri, "--artifacts-destination", artifacts]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=servers.clean_environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode != 0, done.stdout
        return done.stdout

    return start


@pytest.fixture
def store(engine, databases):
    """A database with the whole schema."""
    uri = databases(engine)
    rooms.run_script(uri, rooms.script(uri))
    return uri


def assert_one_sentence(printed, version, *words):
    """The refusal is one line and one sentence, and it names the version and the way out."""
    naming = [line for line in printed.splitlines() if version in line]
    assert len(naming) == 1, printed
    for word in words or ["mlflow db upgrade"]:
        assert word in naming[0], naming[0]
    assert not re.search(r"[.!] +[A-Z]", naming[0]), naming[0]
    assert "panicked" not in printed


def test_an_older_version_is_refused_and_left_alone(refused, store):
    rooms.execute(store, f"UPDATE alembic_version SET version_num = '{OLDER}'")
    assert_one_sentence(refused(store), OLDER)
    assert rooms.execute(store, "SELECT version_num FROM alembic_version") == [(OLDER,)]
    assert rooms.execute(store, "SELECT count(*) FROM experiments") == [(0,)]


def test_an_unknown_version_that_lacks_something_is_refused_and_left_alone(refused, store):
    rooms.execute(store, f"UPDATE alembic_version SET version_num = '{UNKNOWN}'")
    rooms.execute(store, "ALTER TABLE runs DROP COLUMN source_version")
    assert_one_sentence(refused(store), UNKNOWN, "runs.source_version is missing")
    assert rooms.execute(store, "SELECT version_num FROM alembic_version") == [(UNKNOWN,)]
    assert rooms.execute(store, "SELECT count(*) FROM experiments") == [(0,)]


def test_an_older_database_that_lacks_tables_is_refused(refused, store):
    # MLflow would upgrade this one by itself, because a table is missing.
    rooms.execute(store, "DROP TABLE scheduler_leases")
    rooms.execute(store, f"UPDATE alembic_version SET version_num = '{OLDER}'")
    assert_one_sentence(refused(store), OLDER)


def test_the_password_is_not_printed(refused, store, engine):
    if engine == "sqlite":
        pytest.skip("SQLite has no passwords")
    rooms.execute(store, f"UPDATE alembic_version SET version_num = '{OLDER}'")
    printed = refused(store.replace("@127.0.0.1", ":topsecret@127.0.0.1"))
    assert_one_sentence(printed, OLDER)
    assert "topsecret" not in printed
