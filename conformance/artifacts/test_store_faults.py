"""A blob store that refuses, stalls, resets, answers 503 or is full: a file is whole or it is not there."""

import os
import threading
import time

import mlflow
import pytest
import requests

from faults import Faulty

pytestmark = [
    pytest.mark.headwater_only,
    pytest.mark.skipif(mlflow.__version__ < "3", reason="one client is enough"),
]
PROXY = "/api/2.0/mlflow-artifacts/artifacts/"
LARGE = os.urandom(20 * 1024 * 1024)


class Store:
    """A server, its blob store, and what stands between them."""

    def __init__(self, server, faulty, has_tls):
        self.faulty, self.has_tls = faulty, has_tls
        self.server, self.url = server.url, server.url + PROXY

    def put(self, name, content):
        return requests.put(self.url + name, data=content, timeout=120)

    def get(self, name):
        return requests.get(self.url + name, timeout=120)

    def fetched(self, name):
        answer = self.get(name)
        return answer.content if answer.status_code == 200 else answer.status_code

    def assert_refused(self, answer, words):
        assert answer.status_code == 503, (answer.status_code, answer.text)
        body = answer.json()
        assert body["error_code"] == "TEMPORARILY_UNAVAILABLE" and words in body["message"], body


@pytest.fixture(scope="module", params=["azure", "s3"])
def running(request, clouds, start_server):
    cloud = clouds.get(request.param)
    port = clouds.azurite.port if request.param == "azure" else clouds.moto_server.port
    faulty = Faulty(port)
    through = {name: value.replace(f":{port}", f":{faulty.port}") for name, value in cloud.server.items()}
    server = start_server(arguments=["--artifacts-destination", cloud.uri], environment=through)
    yield Store(server, faulty, has_tls=request.param == "azure")
    faulty.stop()


@pytest.fixture
def store(running, unique):
    """The same, well again, with a folder of the test's own."""
    running.faulty.busy, running.faulty.refuses, running.faulty.stalls = 0, False, False
    running.faulty.reset_after_answer = running.faulty.reset_after_request = None
    running.url = running.server + PROXY + unique() + "/"
    return running


def test_a_store_that_is_busy_for_a_while(store):
    before = store.faulty.faults
    store.faulty.drop()
    store.faulty.busy = 3
    assert store.put("small", b"hello").status_code == 200
    assert store.faulty.faults == before + 3
    assert store.fetched("small") == b"hello"


def test_an_upload_whose_connection_is_reset(store):
    store.faulty.drop()
    store.faulty.reset_after_request = 3 * 1024 * 1024
    answer = store.put("large", LARGE)
    assert store.faulty.reset_after_request is None, "nothing was reset"
    assert answer.status_code == 200, answer.text
    assert store.fetched("large") == LARGE


def test_a_download_whose_connection_is_reset(store):
    assert store.put("large", LARGE).status_code == 200
    store.faulty.drop()
    store.faulty.reset_after_answer = 3 * 1024 * 1024
    try:
        # Either the server went on where it was cut off, or the client sees that the rest is missing.
        assert store.fetched("large") == LARGE
    except requests.RequestException:
        pass
    assert store.faulty.reset_after_answer is None, "nothing was reset"
    assert store.fetched("large") == LARGE


def test_a_store_that_refuses(store):
    assert store.put("old", b"old").status_code == 200
    store.faulty.refuses = True
    store.faulty.drop()
    begun = time.monotonic()
    refusals = {}

    def attempt(name, call):
        refusals[name] = call()

    calls = {
        "small": lambda: store.put("small", b"new"),
        "large": lambda: store.put("large", LARGE),
        "over": lambda: store.put("old", b"new"),
        "get": lambda: store.get("old"),
    }
    threads = [threading.Thread(target=attempt, args=call) for call in calls.items()]
    for thread in threads:
        thread.start()
    assert requests.get(f"{store.server}/health", timeout=5).status_code == 200
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < 90
    assert set(refusals) == set(calls)
    for refusal in refusals.values():
        store.assert_refused(refusal, "not reachable")
    store.faulty.refuses = False
    assert store.fetched("old") == b"old"
    assert (store.fetched("small"), store.fetched("large")) == (404, 404)
    assert store.put("small", b"new").status_code == 200


def test_a_store_that_stalls(store):
    """In the middle of one upload and of one download: both end, and nothing half is seen."""
    assert store.put("old", LARGE).status_code == 200
    outcomes = {}

    def attempt(name, call):
        try:
            outcomes[name] = call()
        except requests.RequestException as error:
            outcomes[name] = error

    calls = {"put": lambda: store.put("large", LARGE), "get": lambda: store.get("old")}
    threads = [threading.Thread(target=attempt, args=call) for call in calls.items()]
    store.faulty.stalls = True
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    assert requests.get(f"{store.server}/health", timeout=5).status_code == 200
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < 110
    store.assert_refused(outcomes["put"], "not reachable")
    store.assert_refused(outcomes["get"], "not reachable")
    store.faulty.stalls = False
    store.faulty.drop()
    assert store.fetched("large") == 404
    assert store.fetched("old") == LARGE


def test_a_store_that_is_full(store):
    if store.has_tls:
        pytest.skip("only a store without TLS can be answered for")
    store.faulty.drop()
    store.faulty.busy, store.faulty.busy_with = 100, "507 Insufficient Storage"
    store.assert_refused(store.put("file", b"hello"), "full")
    store.faulty.busy = 0
    assert store.fetched("file") == 404


def test_a_full_disk(start_server, small_disk):
    destination = small_disk / "artifacts"
    destination.mkdir()
    server = start_server(arguments=["--artifacts-destination", str(destination)])
    url = server.url + PROXY
    assert requests.put(url + "old", data=b"old").status_code == 200
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "ballast").write_bytes(b"x" * (free - 5 * 1024 * 1024))
    answer = requests.put(url + "large", data=LARGE)
    assert answer.status_code == 503 and answer.json()["message"] == "The artifact store is full.", answer.text
    assert requests.get(url + "large").status_code == 404
    # Nothing of it takes up the room that is left.
    assert requests.put(url + "half", data=LARGE[: 4 * 1024 * 1024]).status_code == 200
    assert requests.get(url + "old").content == b"old"
