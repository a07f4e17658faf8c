"""A private PostgreSQL for a test session.

    with PostgresServer() as postgres:
        uri = postgres.create_database()                   # an empty database
        postgres.template("filled", fill)                  # fill(uri) runs once
        uri = postgres.create_database(template="filled")  # a copy of it, in less than 100 ms

The server listens on a free port of 127.0.0.1, keeps nothing on disk in earnest (no fsync), and is
stopped and deleted at the end. PostgreSQL refuses to run as root: a session of root runs it as the
user `postgres`, which the packages of every distribution create.
"""

import atexit
import itertools
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2

START_SECONDS = 30
STOP_SECONDS = 20
SUPERUSER = "headwater"

# Nothing here outlives the session, so durability is given up for speed.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
}


class PostgresUnavailable(Exception):
    """PostgreSQL is not installed, or did not start; the message says which, and why."""


def find_binaries():
    """The folder that holds `initdb` and `postgres`: the newest Debian package, else the PATH's."""
    installed = pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest_first = sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    for initdb in [*newest_first, *([pathlib.Path(on_path)] if on_path else [])]:
        if (initdb.parent / "postgres").exists():
            return initdb.parent
    raise PostgresUnavailable("no PostgreSQL server found; on Debian: apt-get install postgresql")


def plain_uri(uri):
    """The URI as libpq reads it: without SQLAlchemy's driver name."""
    return re.sub(r"^postgresql\+\w+://", "postgresql://", uri)


class PostgresServer:
    """Starts with `start()` or as a context; `create_database()` gives databases."""

    def __init__(self, locale="C"):
        self.locale = locale
        self.folder = None
        self.process = None
        self.port = None
        self.templates = set()
        self.numbers = itertools.count(1)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        binaries = find_binaries()
        # Not below the test run's own folder: a socket's path may have 107 characters, no more,
        # and the folders of root's test runs are closed to other users.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="headwater-pg-"))
        atexit.register(self.stop)
        identity = self._identity()
        data = self.folder / "data"
        initdb = [binaries / "initdb", "--pgdata", data, "--username", SUPERUSER, "--auth=trust"]
        initdb += ["--encoding=UTF8", f"--locale={self.locale}", "--no-sync"]
        made = subprocess.run(initdb, capture_output=True, text=True, check=False, **identity)
        if made.returncode:
            self.stop()
            raise PostgresUnavailable(f"initdb failed:\n{made.stderr}")
        self.port = free_port()
        self.resume()
        return self

    def resume(self):
        """Starts the server, for the first time or after `interrupt`, on the port that it had."""
        binaries, data = find_binaries(), self.folder / "data"
        command = [binaries / "postgres", "-D", data, "-k", self.folder, "-p", str(self.port)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._identity(),
            )
        self._wait_until_ready()

    def _identity(self):
        """How to start the programs: in their folder and, for root, as another user."""
        identity = {"cwd": self.folder}
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                self.stop()
                raise PostgresUnavailable("root needs a user named postgres to run it as") from None
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            identity.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        return identity

    def _wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self._connect("postgres").close()
                return
            except psycopg2.OperationalError:
                time.sleep(0.05)
        log = (self.folder / "log").read_text(errors="replace")
        self.stop()
        raise PostgresUnavailable(f"PostgreSQL did not start:\n{log[-3000:]}")

    def interrupt(self):
        """Ends every session and the server, and keeps its data."""
        if self.process is not None and self.process.poll() is None:
            # SIGINT is PostgreSQL's "fast" shutdown: it does not wait for clients to go.
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self):
        """Ends every session, the server and its folder; harmless when repeated."""
        self.interrupt()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def _connect(self, database):
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, dbname=database
        )
        connection.autocommit = True
        return connection

    def _administer(self, statement):
        connection = self._connect("postgres")
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()

    def move_table(self, uri, table, folder):
        """Moves a table, not its indexes, into a new folder, which becomes the server's own."""
        folder.mkdir()
        os.chown(folder, self._identity().get("user", os.geteuid()), -1)
        self._administer(f"CREATE TABLESPACE moved LOCATION '{folder}'")
        connection = self._connect(uri.rsplit("/", 1)[1])
        try:
            connection.cursor().execute(f'ALTER TABLE "{table}" SET TABLESPACE moved')
        finally:
            connection.close()

    def uri(self, name):
        # The driver is named because SQLAlchemy's default one depends on its version.
        return f"postgresql+psycopg2://{SUPERUSER}@127.0.0.1:{self.port}/{name}"

    def create_database(self, template="template0", name=None):
        """A new database, empty or a copy of `template`, under a name of its own; its URI."""
        name = name or f"database_{next(self.numbers)}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.uri(name)

    def template(self, name, fill):
        """Makes the template once: `fill(uri)` must leave no connection open."""
        if name not in self.templates:
            fill(self.create_database(name=name))
            self.templates.add(name)
        return name

    def drop(self, uri):
        """Drops a database and throws out whoever is still connected to it."""
        name = uri.rsplit("/", 1)[1]
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
