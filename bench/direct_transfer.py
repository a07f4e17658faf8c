"""A large file through a stock MLflow client, straight to and from a blob store.

Starts Azurite (with TLS), Headwater before it and a proxy that counts what goes through Headwater; sends a file with the
default settings of the client and fetches it again.

    .venv/bin/python bench/direct_transfer.py --headwater target/release/headwater --gigabytes 2
"""

import argparse
import contextlib
import hashlib
import os
import pathlib
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "conformance"))

import emulators  # noqa: E402
import servers  # noqa: E402
from faults import Faulty  # noqa: E402


class Memory(threading.Thread):
    """The most memory that a process has at a time, looked at ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.running = pid, 0, True
        self.first = self.now()

    def now(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def run(self):
        while self.running:
            self.most = max(self.most, self.now())
            time.sleep(0.1)

    def stop(self):
        self.running = False
        self.join()
        return (self.most - self.first) / 2**20


@contextlib.contextmanager
def longest_request():
    """How long the client waits for one answer at most, its body included."""
    import requests

    longest = [0.0]
    send = requests.Session.send

    def timed(session, request, **options):
        begun = time.monotonic()
        try:
            return send(session, request, **options)
        finally:
            longest[0] = max(longest[0], time.monotonic() - begun)

    requests.Session.send = timed
    try:
        yield longest
    finally:
        requests.Session.send = send


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--headwater", default="target/release/headwater")
    parser.add_argument("--gigabytes", type=float, default=2)
    arguments = parser.parse_args()
    servers.HEADWATER = os.path.abspath(arguments.headwater)
    size = int(arguments.gigabytes * 2**30)
    with tempfile.TemporaryDirectory() as folder, emulators.Clouds(
        lambda name: folder_in(folder, name), on_disk=True
    ) as clouds:
        measure(pathlib.Path(folder), clouds, size)


def folder_in(folder, name):
    path = pathlib.Path(folder) / name
    path.mkdir()
    return path


def measure(folder, clouds, size):
    cloud = clouds.azure
    server = servers.start(
        "headwater",
        folder / "server",
        f"sqlite:///{folder}/store.db",
        arguments=["--artifacts-destination", cloud.uri],
        environment=cloud.server,
    )
    counter = Faulty(server.port)
    os.environ.update(cloud.client, MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", MLFLOW_DISABLE_TELEMETRY="true")
    try:
        transfer(folder, server, counter, size)
    finally:
        server.stop()
        counter.stop()


def transfer(folder, server, counter, size):
    from mlflow import MlflowClient

    client = MlflowClient(f"http://127.0.0.1:{counter.port}")
    run = client.create_run("0").info.run_id
    source = folder / "large.bin"
    piece = os.urandom(2**20)
    with source.open("wb") as file:
        for number in range(size // len(piece)):
            file.write(number.to_bytes(8) + piece[8:])
    before = digest(source)
    for way, work in (
        ("up", lambda: client.log_artifact(run, str(source))),
        ("down", lambda: client.download_artifacts(run, "large.bin", str(folder_in(folder, "fetched")))),
    ):
        memory = Memory(server.process.pid)
        memory.start()
        counter.passed, begun, used = 0, time.monotonic(), processor_time(server.process.pid)
        with longest_request() as longest:
            work()
        took = time.monotonic() - begun
        used = processor_time(server.process.pid) - used
        print(
            f"{way}: {size / 2**30:.1f} GiB in {took:.1f} s, {size / 2**20 / took:.0f} MiB/s; through the server "
            f"{counter.passed:,} bytes ({100 * counter.passed / size:.4f} %), {used:.2f} s of its processor time, "
            f"its memory grew by {memory.stop():.1f} MiB; the longest request took {longest[0]:.1f} s"
        )
        if way == "up":
            source.unlink()
    assert digest(folder / "fetched" / "large.bin") == before, "the file came back changed"


if __name__ == "__main__":
    main()
