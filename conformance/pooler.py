"""A private PgBouncer in front of a private PostgreSQL, in transaction mode.

    with Pooler(postgres) as pooler:
        uri = pooler.uri(postgres.create_database())

Its few connections to the database are handed to another client after each transaction, so that whatever depends on a
session goes wrong soon.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg2
from postgres import SUPERUSER, free_port

START_SECONDS = 20
STOP_SECONDS = 20


class PoolerUnavailable(Exception):
    """PgBouncer is not installed, or did not start; the message says which, and why."""


class Pooler:
    def __init__(self, postgres, pool_size=4, mode="transaction"):
        self.postgres = postgres
        self.pool_size = pool_size
        self.mode = mode
        self.port = free_port()
        self.folder = None
        self.process = None

    def __enter__(self):
        program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        if program is None:
            raise PoolerUnavailable("no pgbouncer found; on Debian: apt-get install pgbouncer")
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="headwater-pooler-"))
        self.settings = self.folder / "pgbouncer.ini"
        database = f"host=127.0.0.1 port={self.postgres.port} user={SUPERUSER}"
        self.settings.write_text(
            f"[databases]\n* = {database}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = {self.mode}\n"
            f"default_pool_size = {self.pool_size}\nmax_client_conn = 500\n"
        )
        self.identity = {"cwd": self.folder}
        if os.geteuid() == 0:
            # PgBouncer refuses to run as root, as PostgreSQL does.
            user = pwd.getpwnam("postgres")
            self.identity.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
            for path in [self.folder, self.settings]:
                os.chown(path, user.pw_uid, user.pw_gid)
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, self.settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.identity,
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(psycopg2.OperationalError):
                psycopg2.connect(host="127.0.0.1", port=self.port, user=SUPERUSER, dbname="postgres").close()
                return
            time.sleep(0.05)
        log = (self.folder / "log").read_text(errors="replace")
        raise PoolerUnavailable(f"PgBouncer did not start:\n{log[-3000:]}")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def restart(self):
        self.stop()
        self.start()

    def uri(self, uri):
        """The address of the same database behind the pooler."""
        return uri.replace(f":{self.postgres.port}/", f":{self.port}/")
