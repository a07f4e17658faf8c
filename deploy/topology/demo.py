"""What a user does to validate a deployment, and what then must be there: seen by the client and by a browser."""

import json
import re
import subprocess
import sys
import time
import pathlib

from hosts import clean_environment
from parts import URL

# Runs on the client host, in a process of its own, with the stock client.
COUNT = """
import json, mlflow
mlflow.set_tracking_uri({url!r})
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("MLflow Demo")
ids = [experiment.experiment_id]
runs = client.search_runs(ids, max_results=200)
traces = client.search_traces(locations=ids, max_results=500)
prompts = client.search_prompts()
spans = sum(len(trace.data.spans) for trace in traces)
# An artifact there and back, through ingress, replica and blob store.
run = runs[0].info.run_id
client.log_text(run, "from the client host", "topology/note.txt")
back = mlflow.artifacts.load_text(f"runs:/{{run}}/topology/note.txt")
print(json.dumps(dict(experiment=ids[0], runs=len(runs), traces=len(traces), spans=spans, prompts=len(prompts),
                      artifact=back == "from the client host")))
"""


def client_environment(certificates):
    """A laptop that trusts the topology's authority."""
    return clean_environment(REQUESTS_CA_BUNDLE=str(certificates.authority), SSL_CERT_FILE=str(certificates.authority))


def run_demo(network, certificates, seconds=240):
    """The command of the guide, from the client host. Returns how long it took, and what it said."""
    mlflow = pathlib.Path(sys.executable).with_name("mlflow")
    began = time.monotonic()
    done = network.inside("client", mlflow, "demo", "--no-browser", "--tracking-uri", URL, check=False,
                          env=client_environment(certificates), timeout=seconds, cwd=network.folder)
    if done.returncode != 0:
        raise RuntimeError(f"mlflow demo failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    generated = re.search(r"Generated: (.*)", done.stdout)
    return time.monotonic() - began, len(generated[1].split(",")) if generated else 0


def count(network, certificates):
    script = COUNT.format(url=URL)
    done = network.inside("client", sys.executable, "-c", script, env=client_environment(certificates), timeout=180,
                          cwd=network.folder)
    return json.loads(done.stdout.strip().splitlines()[-1])


def look(network, certificates, experiment):
    """Opens the web page in a browser on the client host; returns the texts that it shows."""
    certificate = certificates.folder / f"{URL.removeprefix('https://')}.pem"
    public = subprocess.run(f"openssl x509 -in {certificate} -pubkey -noout | openssl pkey -pubin -outform der | "
                            "openssl dgst -sha256 -binary | base64", shell=True, capture_output=True, text=True).stdout.strip()
    pages = {}
    for path in ("/", f"/experiments/{experiment}/traces"):
        done = network.inside(
            "client", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            f"--user-data-dir={network.folder}/browser", f"--ignore-certificate-errors-spki-list={public}",
            "--timeout=20000", "--virtual-time-budget=15000", "--dump-dom", URL + path,
            env=clean_environment(HOME=str(network.folder)), timeout=90, check=False)
        pages[path] = re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", " ", done.stdout, flags=re.DOTALL))
    return pages
