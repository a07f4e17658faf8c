"""Asks for every acknowledged write, with the stock client: URL FOLDER. Prints what is lost and what is there twice."""

import collections
import json
import pathlib
import sys

import mlflow


def main(url, folder):
    mlflow.set_tracking_uri(url)
    client = mlflow.MlflowClient()
    lost, twice, asked = [], 0, 0
    slowest, calls, errors = 0.0, 0, []
    for file in sorted(pathlib.Path(folder).glob("load-[0-9]*.json")):
        load = json.loads(file.read_text())
        slowest, calls = max(slowest, load["slowest"]), calls + load["calls"]
        errors += load["errors"]
        wanted = collections.defaultdict(set)
        for run, key, step, value in load["acknowledged"]["metrics"]:
            wanted[run, key].add((step, value))
        for (run, key), points in wanted.items():
            found = [(point.step, point.value) for point in client.get_metric_history(run, key)]
            asked += len(points)
            lost += [[run, key, *point] for point in points - set(found)]
            twice += len(found) - len(set(found))
        for run in load["acknowledged"]["runs"]:
            asked += 1
            if client.get_run(run).info.run_id != run:
                lost.append([run])
        for run, path, text in load["acknowledged"]["artifacts"]:
            asked += 1
            if mlflow.artifacts.load_text(f"runs:/{run}/{path}") != text:
                lost.append([run, path])
    print(json.dumps(dict(asked=asked, lost=lost, twice=twice, slowest=slowest, calls=calls, errors=errors)))


main(*sys.argv[1:])
