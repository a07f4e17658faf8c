"""No search outlasts its time or its client, and none keeps quick calls from their turn.

A lock on the table of runs makes every search of runs as slow as can be.
"""

import contextlib
import socket
import threading
import time

import psycopg2
import pytest
import requests
import servers
from postgres import PostgresServer
from pooler import Pooler
from rest import Rest, assert_error

pytestmark = pytest.mark.headwater_only

API = "/api/2.0/mlflow/"


@pytest.fixture(scope="module")
def postgres():
    with PostgresServer() as postgres:
        yield postgres


@pytest.fixture(scope="module", params=["direct", "pgbouncer"])
def way(request, postgres):
    """How a server gets to the database: the address that it is given for a database's own."""
    if request.param == "direct":
        yield lambda uri: uri
    else:
        with Pooler(postgres, pool_size=30) as pooler:
            yield pooler.uri


@pytest.fixture
def start(way, postgres, kind, tmp_path):
    """Starts a server on a new database, of which it returns the address, too."""
    running = []

    def start(*arguments):
        uri = postgres.create_database()
        server = servers.start(kind, tmp_path / str(len(running)), way(uri), "postgres", arguments)
        running.append(server)
        return server, uri

    yield start
    for server in running:
        servers.remove(server)


@contextlib.contextmanager
def locked(uri):
    """While it lasts, nobody reads or writes runs."""
    connection = psycopg2.connect(uri.replace("+psycopg2", ""))
    try:
        connection.cursor().execute("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def waiting(postgres, uri):
    """How many backends wait for the lock."""
    own = psycopg2.connect(postgres.uri("postgres").replace("+psycopg2", ""))
    try:
        cursor = own.cursor()
        wanted = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        cursor.execute(wanted, (uri.rsplit("/", 1)[1],))
        return cursor.fetchone()[0]
    finally:
        own.close()


def until(count, wanted):
    """Waits, not for ever, until `count()` is as wanted; returns what it was last."""
    end = time.monotonic() + 20
    while not wanted(found := count()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def search_and_leave(server, count):
    """Sends so many searches, and returns a function that closes their connections."""
    body = b'{"experiment_ids": ["0"]}'
    head = f"POST {API}runs/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    for one in sockets:
        one.sendall(request)
    return lambda: [one.close() for one in sockets]


def test_a_search_is_stopped_after_its_time_and_not_sent_again(start):
    server, uri = start("--query-timeout", "300ms")
    rest = Rest(server.url)
    with locked(uri):
        answer = rest.post("runs/search", {"experiment_ids": ["0"]})
        assert_error(answer, 400, "DEADLINE_EXCEEDED")
        assert "--query-timeout" in answer.message
        # A write that waited in vain did nothing, and may be sent again.
        answer = rest.post("runs/create", {"experiment_id": "0"})
        assert_error(answer, 429, "TEMPORARILY_UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) >= 1
    assert rest.ok("POST", "runs/search", {"experiment_ids": ["0"]}) == {}
    assert rest.run("0")


def test_searches_end_with_their_clients_and_leave_room_for_others(start, postgres):
    server, uri = start("--database-connections", "8")
    rest = Rest(server.url)
    with locked(uri):
        leave = search_and_leave(server, 30)
        # Six of eight connections are for searches, however many there are.
        assert until(lambda: waiting(postgres, uri), lambda count: count >= 6) == 6
        for _ in range(20):
            assert rest.ok("GET", "experiments/get", query={"experiment_id": "0"})
        assert requests.get(f"{server.url}/ready", timeout=10).status_code == 200
        leave()
        assert until(lambda: waiting(postgres, uri), lambda count: count == 0) == 0
    assert rest.ok("POST", "runs/search", {"experiment_ids": ["0"]}) == {}


def test_a_server_with_all_connections_at_work_is_ready(start, postgres):
    server, uri = start("--database-connections", "2")
    with locked(uri):
        url = f"{server.url}{API}runs/get?run_id={'0' * 32}"
        readers = [threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": 60}) for _ in range(3)]
        for reader in readers:
            reader.start()
        assert until(lambda: waiting(postgres, uri), lambda count: count == 2) == 2
        assert requests.get(f"{server.url}/ready", timeout=10).status_code == 200
    for reader in readers:
        reader.join()
