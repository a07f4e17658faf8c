"""The small fixed data set that the corpus is asked about, and the placeholders in its texts."""

import math
import re
import time
import uuid

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag

PLACEHOLDER = re.compile(r"<<([^<>]+)>>")
CHARACTERS = {"newline": "\n", "tab": "\t", "return": "\r", "nul": "\0", "empty": ""}

# Name, tags. `<<token>>` keeps the names of one data set apart from those of another.
EXPERIMENTS = {
    "alpha": ("alpha <<token>>", {"team": "red", "key with space": "v 1", "k.with.dots": "dots"}),
    "beta": ("Beta <<token>>", {"team": "Blue", "UPPER": "X", "order": "reserved"}),
    "apostrophe": ("it's <<token>>", {"team": "it's", "in": "reserved"}),
    "quote": ('dbl"quote <<token>>', {"team": 'say "hi"', "mlflow.note.content": "a note"}),
    "percent": ("50%_x <<token>>", {"team": "50%_x", "a/b": "slash", "a-b": "dash", "a:b": "colon"}),
    "unicode": ("ünï 日本 <<token>>", {"team": "東京", "ключ": "значение", "日本": "x"}),
    "backslash": ("back\\slash <<token>>", {"team": "C:\\", "1abc": "digit"}),
    "semicolon": ("semi;colon -- <<token>>", {"team": "a;b", "empty": ""}),
    "bare": ("gamma <<token>>", {}),
    "gone": ("gone <<token>>", {"team": "red"}),
}

NAN, INFINITY = math.nan, math.inf

# Start times are 1000, 2000, … in this order, so that the default order is fixed.
RUNS = {
    "a": {
        "name": "alpha run",
        "metrics": {"acc": 0.5, "loss": 1, "a b": 1.5, "a/b": 2, "a-b": 3},
        "params": {"lr": "0.01", "p q": "x y", "opt": "Adam", "order": "reserved"},
        "tags": {"t": "one", "k.with.dots": "v", "team": "red"},
        "end": ("FINISHED", 5000),
    },
    "b": {
        "name": "Beta run",
        "metrics": {"acc": 0.75, "loss": NAN, "1abc": 4},
        "params": {"lr": "0.1", "opt": "adam", "in": "reserved"},
        "tags": {"t": "One", "team": "it's", "1abc": "digit"},
        "end": ("FAILED", 4000),
    },
    "c": {
        "name": "it's c",
        "metrics": {"acc": INFINITY, "loss": -INFINITY, "日本": 7},
        "params": {"opt": "SGD", "empty": "", "back": "C:\\"},
        "tags": {"t": 'say "hi"', "empty": ""},
        "end": ("KILLED", 6000),
    },
    "d": {
        "name": "50%_d",
        "metrics": {"acc": -1e-10, "big": 1e300, "a.b.c": 9},
        "params": {"日本": "東京", "pct": "50%", "under": "a_b", "lr": "1e-3"},
        "tags": {"pct": "100%", "t": "two\nlines"},
    },
    "e": {"name": "e"},
    "f": {
        "name": "e",
        "metrics": {"acc": 0, "neg": -5, "loss": 2.5},
        "params": {"quote": 'say "hi"', "single": "it's", "lr": "-1", "a.b.c": "dots"},
        "tags": {"t": "it''s", "日本": "x"},
        "end": ("FINISHED", 3000),
    },
    "g": {
        "name": "with data",
        "metrics": {"acc": 0.5},
        "datasets": [("train", "d1", "training")],
    },
    "h": {
        "name": "with more data",
        "metrics": {"acc": 0.25},
        "datasets": [("train", "d1", "eval"), ("eval set", "d2", "Eval"), ("no context", "d3", None)],
    },
    "child": {"name": "child", "tags": {"mlflow.parentRunId": "<<run a>>"}, "params": {"lr": "0.01"}},
    "gone": {"name": "gone", "metrics": {"acc": 0.5}, "params": {"lr": "0.01"}},
}

# Metrics: name, value, data set, digest, step.
MODELS = {
    "m1": {
        "type": "agent",
        "params": {"lr": "0.01", "p q": "x y", "order": "reserved"},
        "tags": {"t": "one", "k.with.dots": "v"},
        "metrics": [("acc", 0.5, "train", "d1", 0), ("acc", 0.75, "eval", "d2", 1), ("a b", 1, None, None, 0)],
        "status": "READY",
    },
    "m2": {
        "type": "Agent",
        "params": {"lr": "0.1", "in": "reserved", "empty": ""},
        "tags": {"t": "One", "team": "it's"},
        "metrics": [("acc", 0.9, "train", "d1", 0), ("loss", -2.5, None, None, 0)],
        "status": "FAILED",
    },
    "M3": {
        "type": "50%_x",
        "params": {"lr": "(1)", "quote": 'say "hi"', "日本": "東京"},
        "tags": {"t": "say", "pct": "100%"},
        "metrics": [("acc", 0.1, "eval", "d2", 0), ("acc", 0.1, "eval", "d3", 1)],
        "status": "READY",
    },
    "m4": {"type": None, "params": {"lr": "1e-3"}, "tags": {"t": "a_b"}},
    "model five": {"type": "llm", "metrics": [("loss", 3, "train", "d1", 0)]},
    "gone": {"type": "agent", "params": {"lr": "0.01"}},
}


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
        for label, (name, tags) in EXPERIMENTS.items():
            identifier = self.client.create_experiment(self.resolve(name), tags=tags)
            self.experiments[identifier] = label
            self.values[f"experiment {label}"] = identifier
            time.sleep(0.01)
        for label, identifier in [(label, i) for i, label in self.experiments.items()]:
            created = self.client.get_experiment(identifier).creation_time
            self.values[f"created {label}"] = created
        self.client.delete_experiment(self.values["experiment gone"])
        self.holder = self.client.create_experiment(self.resolve("holder <<token>>"))
        self.experiments[self.holder] = "holder"
        for number, (label, run) in enumerate(RUNS.items(), 1):
            self.build_run(label, run, 1000 * number)
        self.client.delete_run(self.values["run gone"])
        if logged_models:
            for label, model in MODELS.items():
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
            self.client.log_metric(identifier, key, value, timestamp=1, step=0)
        for key, value in run.get("params", {}).items():
            self.client.log_param(identifier, key, value)
        inputs = []
        for name, digest, context in run.get("datasets", []):
            tags = [InputTag("mlflow.data.context", context)] if context else []
            inputs.append(DatasetInput(Dataset(name, digest, "local", "{}"), tags))
        if inputs:
            self.client.log_inputs(identifier, inputs)
        if end := run.get("end"):
            self.client.set_terminated(identifier, *end)

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
        for key, value, dataset, digest, step in model.get("metrics", []):
            self.client.log_metric(
                self.values["run a"],
                key,
                value,
                timestamp=1 + step,
                step=step,
                dataset_name=dataset,
                dataset_digest=digest,
                model_id=made.model_id,
            )
        if status := model.get("status"):
            self.client.finalize_logged_model(made.model_id, status)
        time.sleep(0.01)
