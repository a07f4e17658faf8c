"""High availability, shown: faults under a steady load, and what a stock client notices of them."""

import json
import pathlib
import signal
import subprocess
import sys
import time

from demo import client_environment
from hosts import stop, wait_for
from parts import REPLICAS, URL, ask_all

HERE = pathlib.Path(__file__).parent
THREADS = 4


class Load:
    def __init__(self, network, certificates, name):
        self.network = network
        self.environment = client_environment(certificates)
        self.folder = network.folder / f"load-{name}"
        self.folder.mkdir()
        self.process = network.start("client", sys.executable, HERE / "load.py", URL, self.folder, THREADS,
                                     environment=self.environment, log="load")
        wait_for("the load", (self.folder / "load-ready").exists, 60)
        time.sleep(2)

    def end(self):
        """Stops, and asks for everything that was acknowledged."""
        (self.folder / "stop").touch()
        try:
            self.process.wait(180)
        except subprocess.TimeoutExpired:
            raise RuntimeError("a client hangs")
        done = self.network.inside("client", sys.executable, HERE / "audit.py", URL, self.folder, env=self.environment,
                                   timeout=300)
        return json.loads(done.stdout.strip().splitlines()[-1])


class Drill:
    def __init__(self, network, certificates, database, replicas):
        self.network, self.certificates, self.database, self.replicas = network, certificates, database, replicas
        self.rows = []

    def under_load(self, name, fault, seconds=3):
        load = Load(self.network, self.certificates, name.replace(" ", "-"))
        noted = fault() or ""
        time.sleep(seconds)
        found = load.end()
        self.rows.append((name, found, noted))
        print(f"{name}: {found['calls']} calls, {found['asked']} acknowledged writes asked for, "
              f"{len(found['lost'])} lost, {found['twice']} twice, {len(found['errors'])} errors after retries, "
              f"slowest call {found['slowest']:.1f} s. {noted}", flush=True)
        for _when, error in found["errors"][:5]:
            print(f"    {error}")
        return found

    def kill_replicas(self):
        for host in REPLICAS:
            stop(self.replicas.processes[host], signal.SIGKILL)
            time.sleep(2)
            self.replicas.start(host)
            time.sleep(3)

    def roll(self):
        took = []
        for host in REPLICAS:
            took.append(stop(self.replicas.processes[host], signal.SIGTERM, 60))
            self.replicas.start(host)
            # The next one leaves when the ingress has found this one.
            time.sleep(3)
        return f"Replicas ended within {max(took):.1f} s."

    def readiness(self):
        """The database is cut off without a word: every replica must say so within 5 s, and take it back."""
        self.network.cut("db1")
        gone = wait_for("/ready to fail", lambda: 200 not in ask_all(self.replicas, "/ready"), 20)
        alive = set(ask_all(self.replicas, "/health")) == {200}
        self.network.mend()
        back = wait_for("/ready to recover", lambda: set(ask_all(self.replicas, "/ready")) == {200}, 60)
        return gone, alive, back

    def fail_over(self, silently):
        began = time.monotonic()
        self.database.fail_over(silently)
        promoted = time.monotonic() - began
        self.network.mend()
        if silently:
            self.network.cut("db1")
        wait_for("the replicas to come back", lambda: 200 in ask_all(self.replicas, "/ready"), 120)
        ready = time.monotonic() - began
        wait_for("all replicas to come back", lambda: set(ask_all(self.replicas, "/ready")) == {200}, 120)
        return (f"Standby promoted after {promoted:.1f} s, first replica ready after {ready:.1f} s, "
                f"all after {time.monotonic() - began:.1f} s.")

    def cut_blobs(self):
        self.network.cut("blob")
        time.sleep(30)
        self.network.mend()
