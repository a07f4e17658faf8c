"""A database of another version is refused at start, with one sentence that names both versions."""

import re
import subprocess

import pytest

import databases as rooms
import servers

pytestmark = pytest.mark.headwater_only

START_SECONDS = 30
# The last revision before 3.17.2's, and one that no release has.
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


def assert_one_sentence(printed, found):
    """The refusal is one line and one sentence, and it names both versions."""
    naming = [line for line in printed.splitlines() if rooms.VERSION in line]
    assert len(naming) == 1, printed
    assert found in naming[0]
    assert not re.search(r"[.!] +[A-Z]", naming[0]), naming[0]
    assert "panicked" not in printed


@pytest.mark.parametrize("version", [OLDER, UNKNOWN], ids=["older", "unknown"])
def test_another_version_is_refused_and_left_alone(refused, store, version):
    rooms.execute(store, f"UPDATE alembic_version SET version_num = '{version}'")
    assert_one_sentence(refused(store), version)
    assert rooms.execute(store, "SELECT version_num FROM alembic_version") == [(version,)]
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
