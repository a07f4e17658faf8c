"""Fixtures of the conformance suite: the server under test, the client, raw HTTP.

One server per engine serves the whole session, so every test works in experiments of its own.
"""

import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import uuid

import pytest
from packaging.version import Version

# Before the client is imported: no usage reports, no git look-ups, no progress bars.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
# A refused request is refused at once; waiting for a retry would only hide it.
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "60"
# Read when MLflow's own store is imported: it encrypts webhooks' secrets with it.
WEBHOOK_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
os.environ["MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"] = WEBHOOK_KEY

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "schema")]

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.utils.autologging_utils import autologging_is_disabled  # noqa: E402

import servers  # noqa: E402
from language_model import LanguageModel  # noqa: E402
from rest import Rest  # noqa: E402

CLIENT_MAJOR = int(mlflow.__version__.split(".")[0])
# What tests log with of their own accord.
AUTOLOGGED = ("sklearn", "openai", "langchain")
CLIENT_FIXTURES = {"client", "fluent", "command_line"}
# These look into MLflow 3.17.2 itself.
collect_ignore = ["schema", "corpus"] if CLIENT_MAJOR < 3 else []

logging.getLogger("mlflow").setLevel(logging.ERROR)


def pytest_addoption(parser):
    group = parser.getgroup("headwater")
    group.addoption(
        "--server",
        choices=["headwater", "reference"],
        default="headwater",
        help="which program to start: $HEADWATER_BIN, or the MLflow server of this environment",
    )
    group.addoption("--server-url", help="use a running server instead of starting one")
    group.addoption(
        "--engine",
        choices=["sqlite", "postgres", "pgbouncer", "both"],
        default="sqlite",
        help="the database behind the started server; pgbouncer is PostgreSQL behind one in transaction mode",
    )
    group.addoption("--keep", action="store_true", help="keep the servers' folders and logs")


def pytest_sessionstart(session):
    option = session.config.option
    if option.server_url is None and not option.collectonly:
        try:
            servers.program(option.server)
        except servers.ServerDied as error:
            raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        choice = metafunc.config.getoption("--engine")
        engines = ["sqlite", "postgres"] if choice == "both" else [choice.replace("pgbouncer", "postgres")]
        metafunc.parametrize("engine", engines, scope="session")


def pytest_collection_modifyitems(config, items):
    reference = config.getoption("--server") == "reference"
    by_url = config.getoption("--server-url") is not None
    kept, dropped = [], []
    for item in items:
        if CLIENT_MAJOR < 3 and not CLIENT_FIXTURES & set(item.fixturenames):
            dropped.append(item)
            continue
        kept.append(item)
        if CLIENT_MAJOR < 3 and item.get_closest_marker("mlflow3"):
            item.add_marker(pytest.mark.skip(reason=f"client {mlflow.__version__}"))
        if reference and (item.get_closest_marker("headwater_only") or item.get_closest_marker("safer")):
            item.add_marker(pytest.mark.skip(reason="not a promise of the reference"))
        since = item.get_closest_marker("since")
        if reference and since and Version(mlflow.__version__) < Version(since.args[0]):
            item.add_marker(pytest.mark.skip(reason=f"the reference is {mlflow.__version__}"))
        if by_url and "start_server" in item.fixturenames:
            item.add_marker(pytest.mark.skip(reason="needs to start a server of its own"))
    items[:] = kept
    if dropped:
        config.hook.pytest_deselected(items=dropped)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and server is not None and server.log is not None:
        report.sections.append(("end of the server's log", server.log_tail()))


@pytest.fixture(scope="session")
def kind(request):
    """`headwater` or `reference`."""
    return request.config.getoption("--server")


@pytest.fixture(scope="session")
def databases(request, tmp_path_factory):
    """Makes an empty database and returns its URI; PostgreSQL is started at the first need."""
    with DatabaseRoom(tmp_path_factory, pooled=request.config.getoption("--engine") == "pgbouncer") as room:
        yield room.create


class DatabaseRoom:
    """The databases of a test session."""

    def __init__(self, tmp_path_factory, pooled=False):
        self.tmp_path_factory = tmp_path_factory
        self.pooled = pooled
        self.postgres = None
        self.pooler = None

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        if self.pooler is not None:
            self.pooler.__exit__(*problem)
        if self.postgres is not None:
            self.postgres.stop()

    def create(self, engine):
        if engine == "sqlite":
            return f"sqlite:///{self.tmp_path_factory.mktemp('sqlite')}/store.db"
        if self.postgres is None:
            from postgres import PostgresServer

            self.postgres = PostgresServer()
            self.postgres.start()
            if self.pooled:
                from pooler import Pooler

                self.pooler = Pooler(self.postgres).__enter__()
        uri = self.postgres.create_database()
        return uri if self.pooler is None else self.pooler.uri(uri)


@pytest.fixture(scope="session")
def start_server(request, kind, databases, tmp_path_factory):
    """Starts one more server, with arguments of the test's own; without an engine, without a store."""
    running = []

    def start(engine="sqlite", arguments=(), environment=None, prefix=""):
        folder = tmp_path_factory.mktemp("server")
        store = databases(engine) if engine else None
        server = servers.start(kind, folder, store, engine, arguments, environment, prefix)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop() if request.config.getoption("--keep") else servers.remove(server)


@pytest.fixture(scope="session")
def language_model():
    """What programs ask that trace themselves."""
    model = LanguageModel()
    yield model
    model.close()


@pytest.fixture(scope="session")
def clouds(tmp_path_factory):
    """The emulators of blob stores, each started at the first need."""
    from emulators import Clouds

    with Clouds(tmp_path_factory.mktemp) as clouds:
        yield clouds


@pytest.fixture(scope="session")
def server(request, engine):
    """The server under test. The suite's own servers accept any host: see server/test_hosts."""
    url = request.config.getoption("--server-url")
    if url:
        return servers.Server(url.rstrip("/"), "url", engine)
    return request.getfixturevalue("start_server")(engine)


@pytest.fixture(autouse=True)
def server_survives(request):
    """Fails the test that kills the server, rather than the one after it."""
    yield
    server = request.node.funcargs.get("server")
    assert server is None or server.alive(), f"the server died:\n{server.log_tail()}"


@pytest.fixture
def rest(server):
    return Rest(server.url)


@pytest.fixture
def unique():
    """Makes a name that no other test has."""
    token = uuid.uuid4().hex[:12]
    return lambda name="e": f"{name}-{token}"


@pytest.fixture
def experiment(rest, unique):
    """The id of a new, empty experiment."""
    return rest.experiment(unique("experiment"))


@pytest.fixture
def run(rest, experiment):
    """The id of a new, empty run in `experiment`."""
    return rest.run(experiment)


@pytest.fixture
def pointed(server, monkeypatch, tmp_path):
    """Makes the server the one that MLflow uses where it is told no other, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", server.url)
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)


@pytest.fixture
def client(server, pointed):
    return MlflowClient(server.url, server.url)


@pytest.fixture
def fluent(pointed, unique):
    """The fluent API, in a new experiment; returns `mlflow`."""
    mlflow.set_experiment(unique("fluent"))
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()
    # One by one: `mlflow.autolog` imports every integration, and hangs where another thread of the
    # client imports something at that moment.
    for name in AUTOLOGGED:
        if not autologging_is_disabled(name):
            getattr(mlflow, name).autolog(disable=True, silent=True)


@pytest.fixture
def command_line(pointed):
    """Runs the `mlflow` command against the server, inside this process, and returns its output."""
    from click.testing import CliRunner
    from mlflow.cli import cli

    def run(*arguments):
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@pytest.fixture
def small_disk():
    """A folder on a file system of 24 MiB, open to every user. To make one takes the rights of root."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="headwater-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0777", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        folder.rmdir()
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()
