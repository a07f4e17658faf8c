"""The small fixed data set that the corpus is asked about, and the placeholders in its texts."""

import json
import pathlib
import re
import time
import uuid

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag

PLACEHOLDER = re.compile(r"<<([^<>]+)>>")
CHARACTERS = {"newline": "\n", "tab": "\t", "return": "\r", "nul": "\0", "empty": ""}

# `<<token>>` in a name keeps the names of one data set apart from those of another.
CONTENT = json.loads(pathlib.Path(__file__).with_name("dataset.json").read_text(encoding="utf-8"))


class DataSet:
    """The data set on one server: builds it, resolves placeholders, names what was found."""

    def __init__(self, url):
        self.client = MlflowClient(url, url)
        # Digits only: no text of the corpus looks for digits in a name.
        self.values = {"token": str(uuid.uuid4().int)[:12]}
        self.experiments = {}
        self.runs = {}
        self.models = {}

    def resolve(self, text):
        """Replaces `<<token>>`, `<<run a>>`, `<<newline>>`, `<<x*300>>` and their like."""

        def value(match):
            word = match.group(1)
            if word in CHARACTERS:
                return CHARACTERS[word]
            if repeated := re.fullmatch(r"(.+)\*(\d+)", word):
                return repeated.group(1) * int(repeated.group(2))
            return str(self.values[word])

        return PLACEHOLDER.sub(value, text)

    def unresolve(self, text):
        """Puts placeholders back for whatever differs from one data set to the next."""
        for word, value in sorted(self.values.items(), key=lambda item: -len(str(item[1]))):
            if len(str(value)) >= 8:
                text = text.replace(str(value), f"<<{word}>>")
        return text

    def build(self, logged_models=True):
        for label, experiment in CONTENT["experiments"].items():
            name = self.resolve(experiment["name"])
            identifier = self.client.create_experiment(name, tags=experiment["tags"])
            self.experiments[identifier] = label
            self.values[f"experiment {label}"] = identifier
            time.sleep(0.01)
        for label, identifier in [(label, i) for i, label in self.experiments.items()]:
            created = self.client.get_experiment(identifier).creation_time
            self.values[f"created {label}"] = created
        self.client.delete_experiment(self.values["experiment gone"])
        self.holder = self.client.create_experiment(self.resolve("holder <<token>>"))
        self.experiments[self.holder] = "holder"
        for number, (label, run) in enumerate(CONTENT["runs"].items(), 1):
            self.build_run(label, run, 1000 * number)
        self.client.delete_run(self.values["run gone"])
        if logged_models:
            for label, model in CONTENT["logged_models"].items():
                self.build_model(label, model)
            self.client.delete_logged_model(self.values["model gone"])
        return self

    def build_run(self, label, run, start_time):
        tags = {key: self.resolve(value) for key, value in run.get("tags", {}).items()}
        made = self.client.create_run(self.holder, start_time, tags, run["name"])
        identifier = made.info.run_id
        self.runs[identifier] = label
        self.values[f"run {label}"] = identifier
        for key, value in run.get("metrics", {}).items():
            self.client.log_metric(identifier, key, float(value), timestamp=1, step=0)
        for key, value in run.get("params", {}).items():
            self.client.log_param(identifier, key, value)
        inputs = []
        for dataset in run.get("datasets", []):
            context = dataset["context"]
            tags = [InputTag("mlflow.data.context", context)] if context else []
            inputs.append(DatasetInput(Dataset(dataset["name"], dataset["digest"], "local", "{}"), tags))
        if inputs:
            self.client.log_inputs(identifier, inputs)
        if end := run.get("end"):
            self.client.set_terminated(identifier, end["status"], end["time"])

    def build_model(self, label, model):
        made = self.client.create_logged_model(
            self.holder,
            label,
            source_run_id=self.values["run a"],
            tags=model.get("tags"),
            params=model.get("params"),
            model_type=model["type"],
        )
        self.models[made.model_id] = label
        self.values[f"model {label}"] = made.model_id
        self.values[f"created {label}"] = made.creation_timestamp
        for metric in model.get("metrics", []):
            self.client.log_metric(
                self.values["run a"],
                metric["key"],
                metric["value"],
                timestamp=1 + metric["step"],
                step=metric["step"],
                dataset_name=metric["dataset"],
                dataset_digest=metric["digest"],
                model_id=made.model_id,
            )
        if status := model.get("status"):
            self.client.finalize_logged_model(made.model_id, status)
        time.sleep(0.01)
