"""Registered models and prompts for the browser journeys, written with the real client.

Usage: python ui/e2e/seed_registry.py http://127.0.0.1:5000/
"""

from __future__ import annotations

import os
import sys
import warnings

os.environ["MLFLOW_ENABLE_ASYNC_LOGGING"] = "false"
warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
import pandas as pd  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.models import ModelSignature, infer_signature  # noqa: E402
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec  # noqa: E402
import numpy as np  # noqa: E402

URL = sys.argv[1]
mlflow.set_tracking_uri(URL)
mlflow.set_registry_uri(URL)
client = MlflowClient()


class Echo(mlflow.pyfunc.PythonModel):
    """A model small enough to be logged many times."""

    def predict(self, context, model_input, params=None):  # noqa: ARG002
        return model_input


FRAME = pd.DataFrame(
    {
        "age": [31, 45],
        "income": [52_000.0, 61_500.0],
        "segment": ["retail", "private"],
        "opened": pd.to_datetime(["2024-05-01", "2025-01-12"]),
        "has_card": [True, False],
    }
)


def columns() -> ModelSignature:
    params = ParamSchema([ParamSpec("threshold", "double", 0.5), ParamSpec("explain", "boolean", False)])
    base = infer_signature(FRAME, pd.DataFrame({"churn": [0.1, 0.7]}))
    return ModelSignature(inputs=base.inputs, outputs=base.outputs, params=params)


def tensors() -> ModelSignature:
    return ModelSignature(
        inputs=Schema([TensorSpec(np.dtype("float32"), (-1, 3, 224, 224), "image")]),
        outputs=Schema([TensorSpec(np.dtype("float32"), (-1, 10))]),
    )


def nested() -> ModelSignature:
    message = {"messages": [{"role": "user", "content": "hi", "name": None}], "temperature": 0.2}
    return ModelSignature(inputs=infer_signature([message]).inputs, outputs=Schema([ColSpec("string", "answer")]))


def log(run_name: str, experiment: str, signature: ModelSignature, example: pd.DataFrame | None = None) -> str:
    """Logs a model of that signature in a run of its own; returns the address to register it by."""
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=run_name):
        mlflow.log_params({"learning_rate": 0.003, "depth": 7})
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model=Echo(),
            signature=signature,
            input_example=example,
            pip_requirements=["scikit-learn==1.9.1"],
        )
        mlflow.log_metric("accuracy", 0.913, model_id=info.model_id)
        mlflow.log_metric("auc", 0.961, model_id=info.model_id)
    return info.model_uri


def models() -> None:
    client.create_registered_model(
        "churn-classifier",
        tags={"team": "growth", "tier": "critical"},
        description="Who is about to leave, scored every night.\n\n"
        "- **Owner:** growth analytics\n- **Used by:** the retention mailer and the call centre\n\n"
        "Promote with the `champion` alias; the mailer reads it at 04:00 UTC.",
    )
    for index in range(1, 7):
        uri = log(f"churn-{index:02d}", "churn-training", columns(), example=FRAME if index == 6 else None)
        tags = {"validated": "yes"} if index % 2 else {"validated": "no", "data": "2026-q3"}
        version = mlflow.register_model(uri, "churn-classifier", tags=tags)
        if index == 6:
            note = "Retrained on the third quarter; better on private clients."
            client.update_model_version("churn-classifier", version.version, note)
        if index == 2:
            client.transition_model_version_stage("churn-classifier", version.version, "Archived")
        if index == 4:
            client.transition_model_version_stage("churn-classifier", version.version, "Production")
        if index == 6:
            client.transition_model_version_stage("churn-classifier", version.version, "Staging")
    client.set_registered_model_alias("churn-classifier", "champion", "4")
    client.set_registered_model_alias("churn-classifier", "challenger", "6")
    client.set_registered_model_alias("churn-classifier", "shadow", "6")

    client.create_registered_model("heron-detector", tags={"team": "vision"}, description="Herons on river photographs.")
    for index in range(1, 3):
        mlflow.register_model(log(f"heron-{index}", "heron-training", tensors()), "heron-detector")
    client.set_registered_model_alias("heron-detector", "prod", "2")

    client.create_registered_model("support-agent", tags={"team": "language"}, description="Answers the first question of a ticket.")
    mlflow.register_model(log("agent-1", "agent-training", nested()), "support-agent")

    client.create_registered_model("waiting-for-a-version", description="Made ahead of its first version.")
    for index in range(18):
        name = f"forecast-region-{index:02d}"
        client.create_registered_model(name, tags={"team": "supply", "region": f"r{index:02d}"})
        for _ in range(1 + index % 3):
            client.create_model_version(name, f"s3://models/forecast/{index}", await_creation_for=0)
    log("unregistered", "churn-training", columns())


def prompts() -> None:
    first = "You answer questions about {{ product }}.\n\nQuestion: {{ question }}\nAnswer:"
    second = (
        "You answer questions about {{ product }} for our customers.\n\n"
        "Rules:\n- Answer in at most three sentences.\n- If you do not know, say so.\n\n"
        "Question: {{ question }}\nAnswer:"
    )
    third = second.replace("three sentences", "two sentences").replace(
        "say so.", "say so, and name the page of the manual that comes closest."
    )
    mlflow.genai.register_prompt("support-answer", first, commit_message="First try", tags={"author": "ada"})
    mlflow.genai.register_prompt("support-answer", second, commit_message="Shorter, and honest about gaps", tags={"author": "grace"})
    mlflow.genai.register_prompt(
        "support-answer",
        third,
        commit_message="Point to the manual",
        tags={"author": "grace", "reviewed": "yes"},
        model_config={"provider": "openai", "model_name": "gpt-5-mini", "temperature": 0.2, "max_tokens": 400},
    )
    mlflow.genai.set_prompt_alias("support-answer", "production", 2)
    mlflow.genai.set_prompt_alias("support-answer", "candidate", 3)
    mlflow.genai.set_prompt_tag("support-answer", "team", "language")

    chat = [
        {"role": "system", "content": "You sort tickets into {{ categories }}. Answer with one word."},
        {"role": "user", "content": "{{ ticket }}"},
    ]
    shape = {
        "type": "object",
        "properties": {"category": {"type": "string"}, "confidence": {"type": "number"}},
        "required": ["category"],
    }
    mlflow.genai.register_prompt("ticket-triage", chat, commit_message="One word is enough", response_format=shape)
    chat[0]["content"] = "You sort tickets into {{ categories }}.\nAnswer as JSON with a category and a confidence."
    chat.insert(1, {"role": "assistant", "content": '{"category": "billing", "confidence": 0.8}'})
    mlflow.genai.register_prompt("ticket-triage", chat, commit_message="Ask for a confidence", response_format=shape, tags={"author": "linus"})
    mlflow.genai.set_prompt_alias("ticket-triage", "production", 1)
    for index in range(6):
        mlflow.genai.register_prompt(f"summary-{index:02d}", "Summarise in {{ words }} words:\n\n{{ text }}", tags={"author": "ada"})


if __name__ == "__main__":
    models()
    prompts()
