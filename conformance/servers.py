"""Starts and stops the servers that the suite talks to.

A server is a process that listens on a free port of 127.0.0.1, with its own store and its own
artifact folder, and whose output goes to a file that is shown when a test fails.
"""

import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import requests
from packaging.version import Version

# Made absolute here, because tests change the folder they run in.
HEADWATER, REFERENCE = (
    os.path.abspath(os.environ[name]) if os.environ.get(name) else None
    for name in ("HEADWATER_BIN", "REFERENCE_MLFLOW")
)
START_SECONDS = 120
STOP_SECONDS = 20


class ServerDied(Exception):
    """The process ended, or never answered; the message holds the end of its log."""


@dataclasses.dataclass
class Server:
    """A running server: where it listens and, unless it was given by URL, its process."""

    url: str
    kind: str
    engine: str = "sqlite"
    folder: "pathlib.Path | None" = None
    log: "pathlib.Path | None" = None
    process: "subprocess.Popen | None" = None
    store_uri: "str | None" = None

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1].split("/")[0])

    @property
    def artifacts(self):
        """The folder behind `--artifacts-destination`."""
        return self.folder / "artifacts"

    def release(self):
        """The release of MLflow that it says it is."""
        return Version(requests.get(f"{self.url}/version", timeout=30).text)

    def log_tail(self, characters=2500):
        if self.log is None or not self.log.exists():
            return ""
        return self.log.read_text(errors="replace")[-characters:]

    def alive(self):
        return self.process is None or self.process.poll() is None

    def kill(self):
        """Ends the server as a machine does that fails: without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        # A container lives on without the program that started it.
        for process in listeners(self.port):
            os.kill(process, signal.SIGKILL)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listeners(port):
    """The processes of this machine that listen on a port."""
    listening = "0A"
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == listening and row[1].endswith(f":{port:04X}")}
    found = set()
    for link in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) in sockets:
                found.add(int(link.parts[2]))
        except OSError:
            pass  # It has ended meanwhile.
    return found


def program(kind):
    """The command that runs a server of this kind, without its arguments."""
    if kind == "headwater":
        if HEADWATER is None:
            raise ServerDied("set HEADWATER_BIN to the headwater program, or use --server")
        return [HEADWATER]
    mlflow = REFERENCE or str(pathlib.Path(sys.executable).parent / "mlflow")
    if not pathlib.Path(mlflow).exists():
        raise ServerDied(f"no reference server at {mlflow}; set REFERENCE_MLFLOW")
    return [mlflow]


def clean_environment(extra):
    """This process's environment without any MLflow setting of the person who runs the suite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    kept.update(
        MLFLOW_DISABLE_TELEMETRY="true",
        DO_NOT_TRACK="true",
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
        PYTHONUNBUFFERED="1",
    )
    kept.update(extra)
    return kept


def start(kind, folder, store_uri, engine="sqlite", arguments=(), environment=None, prefix=""):
    """Starts a server and waits until `/health` answers; raises `ServerDied` otherwise."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        *program(kind),
        "server",
        *(["--backend-store-uri", store_uri] if store_uri else []),
        *([] if "--artifacts-destination" in arguments else ["--artifacts-destination", str(folder / "artifacts")]),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        *arguments,
    ]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=clean_environment(environment or {}),
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}{prefix}", kind, engine, folder, log, process, store_uri)
    try:
        wait_until_healthy(server)
    except ServerDied:
        server.stop()
        raise
    return server


def wait_until_healthy(server):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if not server.alive():
            raise ServerDied(f"the server ended with {server.process.returncode}:\n{server.log_tail()}")
        try:
            if requests.get(f"{server.url}/health", timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise ServerDied(f"{server.url} did not answer in {START_SECONDS} s:\n{server.log_tail()}")


def remove(server):
    """Stops the server and deletes what it stored."""
    server.stop()
    if server.folder is not None:
        shutil.rmtree(server.folder, ignore_errors=True)
