"""The seed's architecture on one machine: built, validated with `mlflow demo`, taken down again.

    python deploy/topology --binary target/debug/headwater     a local build
    python deploy/topology --image target/image/headwater.tar  the image
    … --drill                                                  with the faults of the high-availability drill
    … --keep                                                   leave it standing until Enter is pressed

Needs root, Linux network namespaces, and the Debian packages that tools/debian-packages names.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import demo
import isolation
from drill import Drill
from hosts import Network, NotAllowed, wait_for
from parts import DATABASE, REPLICAS, STORE, APP, SUFFIX, Binary, Blobs, Certificates, Database, Image, Ingress, Replicas

HERE = pathlib.Path(__file__).parent
NEEDED = ("ip", "nft", "sysctl", "caddy", "openssl", "curl", "chromium", "setpriv")


class Failed(Exception):
    """Something is not as it should be."""


def require(condition, text):
    if not condition:
        raise Failed(text)


def missing():
    """Why the topology cannot be built here; None if it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "it needs root on Linux"
    lacking = [program for program in NEEDED if shutil.which(program) is None]
    return f"it lacks {', '.join(lacking)}" if lacking else None


def build(network, options):
    certificates = Certificates(network.folder)
    for name, host in ((DATABASE, "db1"), (STORE, "blob"), (f"{APP}.{SUFFIX}", "ingress")):
        network.name(name, host)
    database = Database(network, certificates)
    blobs = Blobs(network, certificates, HERE / "node_modules/.bin/azurite-blob")
    program = Image(options.image, network, certificates) if options.image else Binary(options.binary, network)
    replicas = Replicas(network, program, database.uri(certificates.authority), blobs, certificates.authority)
    Ingress(network, certificates)
    # The demo retries for minutes against an ingress that answers 502.
    for host in REPLICAS:
        wait_for(f"{host} to be ready", lambda: replicas.answer(host, "/ready") == 200, 60)
    time.sleep(1.5)
    return certificates, database, blobs, replicas, program


def validate(network, certificates, database, blobs, replicas):
    """The guide's last step, and a look at everything that it should have left behind."""
    tried, opened = isolation.probe(network)
    print(f"isolation: {tried} pairs tried, {opened} open, as the architecture allows", flush=True)
    took, features = demo.run_demo(network, certificates)
    found = demo.count(network, certificates)
    stored = blobs.count()
    pages = demo.look(network, certificates, found["experiment"])
    rows = database.ask("db2", "SELECT count(*) FROM trace_info", "headwater").stdout.strip()
    print(f"demo: {features} features in {took:.0f} s; {found['traces']} traces with {found['spans']} spans, {found['runs']} runs, "
          f"{found['prompts']} prompts, {stored} blobs; the standby has {rows} traces", flush=True)
    require(features >= 8, f"mlflow demo made {features} features")
    require(min(found["traces"], found["runs"], found["prompts"]) > 2, f"the client found {found}")
    require(found["spans"] > found["traces"] and found["artifact"], f"the client found {found}")
    require(stored > 0, "there is nothing in the blob store")
    require(int(rows) >= found["traces"], f"the standby has {rows} traces")
    require("MLflow Demo" in pages["/"], f"the page shows no demo: {pages['/'][:300]}")
    traces = list(pages.values())[1]
    require("MLflow Demo" in traces or "tr-" in traces, f"the page of traces shows none: {traces[:300]}")
    own = [replicas.answer(host, "/api/2.0/mlflow/experiments/search") for host in REPLICAS]
    require(all(status in (200, 400) for status in own), f"replicas answer {own}")
    return f"{found['traces']} traces, {found['runs']} runs, {found['prompts']} prompts, {stored} blobs, demo in {took:.0f} s"


def drill(network, certificates, database, replicas, options):
    """Returns a line of what was seen."""
    run = Drill(network, certificates, database, replicas)
    gone, alive, back = run.readiness()
    print(f"readiness: /ready failed {gone:.1f} s after the database was cut off, and was back {back:.1f} s after it was; "
          f"/health stayed {'200' if alive else 'not 200'}", flush=True)
    require(gone <= 5.5 and alive, f"/ready took {gone:.1f} s to fail")
    found = {}
    if options.drill:
        found["each replica killed"] = run.under_load("each replica killed", run.kill_replicas)
        found["rolling restart"] = run.under_load("rolling restart", run.roll)
        found["blob store cut for 30 s"] = run.under_load("blob store cut for 30 s", run.cut_blobs)
        found["failover"] = run.under_load("failover", lambda: run.fail_over(options.silent))
        for name, what in found.items():
            require(not what["lost"], f"{name}: lost {what['lost'][:3]}")
        for name in ("each replica killed", "rolling restart"):
            require(not found[name]["errors"], f"{name}: {found[name]['errors'][:3]}")
    return f"ready fails in {gone:.1f} s" + "".join(
        f"; {name}: 0 lost, {len(what['errors'])} errors" for name, what in found.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/debug/headwater")
    parser.add_argument("--image")
    parser.add_argument("--drill", action="store_true")
    parser.add_argument("--silent", action="store_true", help="the primary is cut off, not killed, in the failover")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    reason = missing()
    if reason:
        print(f"topology: skipped on this machine: {reason}")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="topology-"))
    folder.chmod(0o755)
    network, began = None, time.monotonic()
    try:
        network = Network(folder)
        certificates, database, blobs, replicas, program = build(network, options)
        print(f"topology: 3 replicas of {program.describe()}, PostgreSQL with a standby, blob store, ingress: "
              f"up after {time.monotonic() - began:.0f} s", flush=True)
        said = validate(network, certificates, database, blobs, replicas)
        said += "; " + drill(network, certificates, database, replicas, options)
        if options.keep:
            input("press Enter to take it down")
        print(f"topology: ok after {time.monotonic() - began:.0f} s: {said}")
        return 0
    except NotAllowed as error:
        print(f"topology: skipped on this machine: no network namespaces: {error}")
        return 0
    except (Failed, RuntimeError) as error:
        for log in sorted(folder.glob("*.log")):
            print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-12:], sep="\n", file=sys.stderr)
        print(f"topology: FAILED after {time.monotonic() - began:.0f} s: {error}")
        return 1
    finally:
        if network is not None:
            network.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
