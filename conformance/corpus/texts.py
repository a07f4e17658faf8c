"""Reads the corpus, asks a server about it, and tells whether two answers agree.

A line of `texts_*.txt` is one question: a filter and, behind tabs, any order-by texts (JSON objects
for logged models) and `view=` with a view type. Lines that begin with `##` are comments. See
`dataset.py` for placeholders.
"""

import json
import pathlib
import re

import requests

HERE = pathlib.Path(__file__).parent
ENTITIES = ["experiments", "runs", "logged_models"]
# A set in a message of the reference, whose order differs from process to process.
PYTHON_SET = re.compile(r"\{('[^'{}]*'(?:, '[^'{}]*')*)\}")


def questions(entity):
    """The questions of `texts_<entity>.txt`, in order, each once."""
    found = {}
    for line in (HERE / f"texts_{entity}.txt").read_text(encoding="utf-8").split("\n"):
        if not line or line.startswith("##"):
            continue
        text, *rest = line.split("\t")
        views = [field[5:] for field in rest if field.startswith("view=")]
        order_by = [field for field in rest if not field.startswith("view=")]
        if entity == "logged_models":
            order_by = [json.loads(field) for field in order_by]
        question = {"filter": text, "order_by": order_by}
        if views:
            question["view"] = views[0]
        found[json.dumps(question)] = question
    return list(found.values())


def answers(entity):
    """The recorded answers: each question with `names`, or `error_code` and `message`, or `fails`.

    They are those of the reference on SQLite; `on_postgres` holds the other where it differs.
    """
    lines = (HERE / f"answers_{entity}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ask(url, dataset, entity, question):
    """The server's answer to one question, in the form of the recorded ones, and its status."""
    body = {"filter": dataset.resolve(question["filter"]), "max_results": 1000}
    if entity == "logged_models":
        body["order_by"] = [
            {**order, "field_name": dataset.resolve(order["field_name"])}
            for order in question["order_by"]
        ]
    else:
        body["order_by"] = [dataset.resolve(order) for order in question["order_by"]]
    if view := question.get("view"):
        body["run_view_type" if entity == "runs" else "view_type"] = view
    if entity != "experiments":
        body["experiment_ids"] = [dataset.holder]
    route = {"experiments": "experiments", "runs": "runs", "logged_models": "logged-models"}[entity]
    response = requests.post(f"{url}/api/2.0/mlflow/{route}/search", json=body, timeout=60)
    if response.status_code == 200:
        return {"names": names(dataset, entity, response.json())}, 200
    error = response.json()
    message = dataset.unresolve(normal(error["message"]))
    return {"error_code": error["error_code"], "message": message}, response.status_code


def names(dataset, entity, answer):
    """The labels of what was found, in the answer's order, without what others put there."""
    if entity == "experiments":
        found = [dataset.experiments.get(one["experiment_id"]) for one in answer.get("experiments", [])]
    elif entity == "runs":
        found = [dataset.runs.get(one["info"]["run_id"]) for one in answer.get("runs", [])]
    else:
        found = [dataset.models.get(one["info"]["model_id"]) for one in answer.get("models", [])]
    return [label for label in found if label is not None]


def normal(message):
    return PYTHON_SET.sub(lambda m: "{" + ", ".join(sorted(m[1].split(", "))) + "}", message)


def is_refusal(answer):
    """Whether the reference words this error itself, rather than failing on the question."""
    if "error_code" not in answer or answer["error_code"] == "INVALID_PARAMETER_VALUE":
        return True
    return answer["message"].startswith("`order_by` contains duplicate fields")


def answer_of(recorded, engine):
    """The answer in a recorded line that holds on `engine`."""
    if engine == "postgres" and "on_postgres" in recorded:
        return recorded["on_postgres"]
    parts = ("names", "error_code", "message", "fails")
    return {part: recorded[part] for part in parts if part in recorded}


def disagreement(recorded, answer, status, engine, is_reference=False):
    """What is wrong with the answer, or `None`.

    Where the reference fails (an exception of Python or of the database driver), another server may
    refuse or answer, as long as it does not fail as well.
    """
    expected = answer_of(recorded, engine)
    if expected.get("fails"):
        return None if is_reference or status < 500 else f"fails with {status}: {answer}"
    if not is_reference and expected.get("error_code") == "INTERNAL_ERROR":
        # What the caller can mend is no failure of the server's; the message stays.
        expected = {**expected, "error_code": "INVALID_PARAMETER_VALUE"}
    if answer == expected or (is_cut(answer, expected) and not is_reference):
        return None
    return f"expected {expected}, got {answer}"


def is_cut(answer, expected):
    """Whether an answer's message is the expected one, its middle left out for its length."""
    message, whole = answer.get("message", ""), expected.get("message", "")
    if answer.get("error_code") != expected.get("error_code") or not 1000 < len(message) < len(whole):
        return False
    cuts = [found.start() for found in re.finditer(re.escape("..."), message)]
    return any(whole.startswith(message[:cut]) and whole.endswith(message[cut + 3 :]) for cut in cuts)
