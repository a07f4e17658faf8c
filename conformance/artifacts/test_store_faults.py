"""A blob store that misbehaves: what can be tried again is, a file is whole or absent, and errors say what they are."""

import os

import pytest
from faults import Faulty

from rest import Rest, assert_error

pytestmark = pytest.mark.headwater_only
MEGABYTE = 1024 * 1024
PROXY = "/api/2.0/mlflow-artifacts/artifacts/"


@pytest.fixture(scope="module")
def faulty(clouds):
    port = int(clouds.s3.server["MLFLOW_S3_ENDPOINT_URL"].rsplit(":", 1)[1])
    faulty = Faulty(port)
    yield faulty
    faulty.stop()


@pytest.fixture(scope="module")
def stored(clouds, faulty, start_server):
    environment = clouds.s3.environment(MLFLOW_S3_ENDPOINT_URL=f"http://127.0.0.1:{faulty.port}")
    return start_server(arguments=["--artifacts-destination", clouds.s3.uri], environment=environment)


@pytest.fixture
def web(stored, faulty):
    faulty.faults = 0
    yield Rest(stored.url, PROXY)
    faulty.busy, faulty.refuses = 0, False
    faulty.reset_after_answer = faulty.reset_after_request = None


@pytest.fixture
def file(web, unique):
    path, content = f"faults/{unique()}", os.urandom(3 * MEGABYTE)
    assert web.send("PUT", path, data=content).status == 200
    return path, content


def forget_connections(web, faulty):
    """Makes the server open a new connection for what comes next: those that it holds are cut at their next use."""
    faulty.reset_after_request = 0
    assert web.get("faults/none").status == 404
    assert faulty.reset_after_request is None
    faulty.faults = 0


def test_a_store_that_is_busy_for_a_while(web, faulty, file, unique):
    path, content = file
    forget_connections(web, faulty)
    faulty.busy = 2
    assert web.get(path).content == content
    forget_connections(web, faulty)
    faulty.busy = 2
    other = f"faults/{unique('other')}"
    assert web.send("PUT", other, data=content).status == 200
    assert faulty.faults > 0
    faulty.busy = 0
    assert web.get(other).content == content


def test_a_download_that_is_cut(web, faulty, file):
    path, content = file
    faulty.reset_after_answer = MEGABYTE
    assert web.get(path).content == content
    assert faulty.faults == 1


def test_an_upload_that_is_cut_is_sent_again(web, faulty, unique):
    path, content = f"faults/{unique()}", os.urandom(20 * MEGABYTE)
    faulty.reset_after_request = 9 * MEGABYTE
    assert web.send("PUT", path, data=content).status == 200
    assert web.get(path).content == content


def test_a_store_that_is_gone(web, faulty, file, unique):
    path, content = file
    forget_connections(web, faulty)
    faulty.refuses = True
    for answer in (web.get(path), web.send("PUT", f"faults/{unique('none')}", data=b"x")):
        assert_error(answer, 503, "TEMPORARILY_UNAVAILABLE", "The artifact store is not reachable at the moment.")
    faulty.refuses = False
    assert web.get(path).content == content
    assert web.get(f"faults/{unique('none')}").status == 404
