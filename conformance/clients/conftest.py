"""Fixtures of the tests with other people's clients, most of which run in an environment of their own."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

# Where the clients are missing, only what was recorded of others can be tried.
RECORDED = {"test_go.py", "test_r.py", "test_typescript.py"}
if importlib.util.find_spec("optuna") is None:
    collect_ignore = [path.name for path in HERE.glob("test_*.py") if path.name not in RECORDED]


@pytest.fixture
def node(server):
    """Runs a program of `programs/` with Node and returns what it says."""
    if not (HERE / "node_modules").is_dir():
        pytest.fail("npm ci has not been run in conformance/clients")

    def run(program, *arguments):
        command = ["node", str(HERE / "programs" / program), server.url, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        # An exporter tells of refused spans there.
        assert "rror" not in done.stderr, done.stderr
        return done.stdout

    return run


@pytest.fixture
def program(server, tmp_path):
    """Runs a program of `programs/` with the Python of another environment and returns what it says."""

    def run(python, name, *arguments):
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PYTHON"))},
            "MLFLOW_TRACKING_URI": server.url,
            "GIT_PYTHON_REFRESH": "quiet",
        }
        done = subprocess.run(
            [str(python), str(HERE / "programs" / name), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
            env=environment,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    return run


@pytest.fixture
def provider(server, experiment):
    """An SDK of OpenTelemetry whose spans go to the experiment of the test."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    made = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", headers={"x-mlflow-experiment-id": experiment})
    made.add_span_processor(BatchSpanProcessor(exporter))
    yield made
    made.shutdown()


@pytest.fixture
def instrument(provider):
    """Lets an instrumentor of OpenTelemetry's kind loose on the program, until the test is over."""
    used = []

    def turn_on(instrumentor):
        instrumentor.instrument(tracer_provider=provider)
        used.append(instrumentor)

    yield turn_on
    for instrumentor in used:
        instrumentor.uninstrument()


@pytest.fixture
def traces(client, experiment, request):
    """The traces of the test's experiment, oldest first, after what waits has been sent."""

    def read(filter_string=None):
        if "provider" in request.fixturenames:
            assert request.getfixturevalue("provider").force_flush()
        found = client.search_traces(locations=[experiment], filter_string=filter_string)
        return sorted(found, key=lambda trace: min(span.start_time_ns for span in trace.data.spans))

    return read
