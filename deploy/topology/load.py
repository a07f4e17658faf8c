"""A steady load by the stock client, on the client host: URL FOLDER THREADS.

Each thread logs to a run of its own until the file `stop` appears in the folder, and writes down what
was acknowledged: only what is on that list may be demanded afterwards. Errors are those that reach the
user's code, after the client's own retries.
"""

import json
import pathlib
import sys
import threading
import time

import mlflow
from mlflow.entities import Metric


def work(client, experiment, folder, number, stop):
    acknowledged = {"metrics": [], "artifacts": [], "runs": []}
    errors, slowest, calls = [], 0.0, 0
    run = None
    step = 0
    while not stop.exists():
        began = time.monotonic()
        try:
            if run is None or step % 50 == 0:
                run = client.create_run(experiment).info.run_id
                acknowledged["runs"].append(run)
            kind = step % 10
            if kind == 9:
                client.log_text(run, f"{number}/{step}", f"notes/{step}.txt")
                acknowledged["artifacts"].append([run, f"notes/{step}.txt", f"{number}/{step}"])
            elif kind == 4:
                client.log_batch(run, metrics=[Metric("batch", step + part / 10, 1, step * 10 + part) for part in range(5)])
                acknowledged["metrics"] += [[run, "batch", step * 10 + part, step + part / 10] for part in range(5)]
            else:
                client.log_metric(run, "value", float(step), timestamp=1, step=step)
                acknowledged["metrics"].append([run, "value", step, float(step)])
        except Exception as error:
            errors.append([time.time(), f"{type(error).__name__}: {error}"[:300]])
        slowest = max(slowest, time.monotonic() - began)
        calls += 1
        step += 1
        # A steady load, not the most that the machine can do.
        time.sleep(0.02)
    (folder / f"load-{number}.json").write_text(
        json.dumps(dict(acknowledged=acknowledged, errors=errors, slowest=slowest, calls=calls)))


def main(url, folder, threads):
    folder = pathlib.Path(folder)
    mlflow.set_tracking_uri(url)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment(f"load {time.time()}")
    (folder / "load-ready").write_text(experiment)
    stop = folder / "stop"
    workers = [threading.Thread(target=work, args=(client, experiment, folder, number, stop)) for number in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


main(*sys.argv[1:])
