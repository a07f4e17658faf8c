"""Fills a tracking server with data for looking at the UI and for its end-to-end tests.

Usage: python seed.py [tracking URI], with the MLflow client, pandas and Pillow installed.
The data are the same on every start (fixed seed), apart from times and ids.
"""

import json
import math
import random
import sys
import tempfile
import time
import wave
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.tracking import MlflowClient
from PIL import Image, ImageDraw

URI = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000"
NOW = int(time.time() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
RNG = random.Random(7)

mlflow.set_tracking_uri(URI)
client = MlflowClient(URI)


def source_tags(user: str, name: str) -> list[RunTag]:
    return [
        RunTag("mlflow.user", user),
        RunTag("mlflow.source.name", name),
        RunTag("mlflow.source.type", "LOCAL"),
        RunTag("mlflow.source.git.commit", "9f2c1e7b40d6a85e13c07b2f6ad4918e5c3d0f72"),
        RunTag("mlflow.source.git.branch", "main"),
    ]


def curve(final: float, start: float, steps: int, noise: float, rate: float) -> list[float]:
    return [
        final + (start - final) * math.exp(-rate * i / steps) + RNG.gauss(0, noise)
        for i in range(steps)
    ]


def log(run_id: str, metrics=(), params=(), tags=()) -> None:
    metrics = list(metrics)
    client.log_batch(run_id, metrics[:900], list(params), list(tags))
    for first in range(900, len(metrics), 900):
        client.log_batch(run_id, metrics[first : first + 900], [], [])


def history(key: str, values: list[float], start: int, every: int, stride: int = 1) -> list[Metric]:
    return [Metric(key, v, start + i * every, i * stride) for i, v in enumerate(values)]


def sweep(experiment: str, count: int) -> list[str]:
    ids = []
    optimizers = ["adamw", "sgd", "lion"]
    for index in range(count):
        learning_rate = 10 ** RNG.uniform(-4.5, -2)
        batch = RNG.choice([32, 64, 128, 256])
        dropout = round(RNG.uniform(0, 0.5), 2)
        optimizer = optimizers[index % 3]
        start = NOW - 9 * DAY + index * 3 * HOUR + RNG.randrange(HOUR)
        steps = RNG.choice([60, 80, 120])
        quality = (
            0.09 * abs(math.log10(learning_rate) + 3.1)
            + 0.12 * abs(dropout - 0.2)
            + (0.02 if optimizer == "sgd" else 0)
        )
        run = client.create_run(experiment, start_time=start, run_name=f"resnet-{optimizer}-{index:02d}")
        run_id = run.info.run_id
        every = RNG.randrange(2_000, 9_000)
        train = curve(0.12 + quality, 2.3, steps, 0.02, 5)
        valid = curve(0.21 + quality * 1.6, 2.3, steps // 2, 0.03, 4.5)
        accuracy = [min(0.999, max(0.05, 1 - 0.42 * v)) for v in valid]
        metrics = history("train/loss", train, start, every)
        metrics += history("val/loss", valid, start, every * 2, 2)
        metrics += history("val/accuracy", accuracy, start, every * 2, 2)
        metrics += history(
            "lr", [learning_rate * (1 + math.cos(math.pi * i / steps)) / 2 for i in range(steps)], start, every
        )
        metrics += [
            Metric("test/accuracy", accuracy[-1] - 0.01 + RNG.gauss(0, 0.004), start + steps * every, 0),
            Metric("parameters", 25_557_032, start, 0),
        ]
        if index % 3 == 0:
            for key, level in [("cpu_utilization_percentage", 55), ("system_memory_usage_megabytes", 21_000), ("gpu_0_utilization_percentage", 88)]:
                values = [level * (1 + RNG.gauss(0, 0.05)) for _ in range(40)]
                metrics += history(f"system/{key}", values, start, every * steps // 40)
        params = [
            Param("learning_rate", f"{learning_rate:.10g}"),
            Param("batch_size", str(batch)),
            Param("dropout", str(dropout)),
            Param("optimizer", optimizer),
            Param("epochs", str(steps)),
            Param("model", "resnet50"),
            Param("image_size", "224"),
            Param("seed", "42"),
            Param("augmentation", json.dumps({"flip": True, "crop": [224, 224], "mixup": round(RNG.uniform(0, 0.4), 2)})),
        ]
        tags = source_tags(RNG.choice(["ada", "grace", "linus"]), "train.py")
        tags += [RunTag("team", "vision"), RunTag("stage", RNG.choice(["explore", "candidate"]))]
        log(run_id, metrics, params, tags)
        if index == count - 1:
            client.update_run(run_id, status="RUNNING")
        else:
            status = "FAILED" if index % 17 == 5 else "KILLED" if index % 23 == 9 else "FINISHED"
            client.set_terminated(run_id, status, end_time=start + steps * every)
        ids.append(run_id)
    return ids


def artifacts(run_id: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "plots").mkdir()
        image = Image.new("RGB", (960, 600), "#f6f9fb")
        draw = ImageDraw.Draw(image)
        points = [(40 + i * 9, 560 - 480 * (1 - math.exp(-i / 25)) - RNG.random() * 18) for i in range(98)]
        draw.line(points, fill="#1676a8", width=4)
        draw.rectangle((40, 40, 920, 560), outline="#c9d6de", width=2)
        image.save(root / "plots" / "learning_curve.png")
        size = 10
        matrix = Image.new("RGB", (size * 40, size * 40))
        paint = ImageDraw.Draw(matrix)
        for row in range(size):
            for column in range(size):
                value = 0.95 if row == column else RNG.random() * 0.25
                shade = int(255 - 200 * value)
                paint.rectangle((column * 40, row * 40, column * 40 + 39, row * 40 + 39), fill=(shade, shade, 255 - int(80 * value)))
        matrix.save(root / "plots" / "confusion_matrix.png")
        (root / "plots" / "icon.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="28" fill="#1676a8"/></svg>'
        )
        (root / "config").mkdir()
        (root / "config" / "train.yaml").write_text("model:\n  name: resnet50\n  pretrained: true\ntrain:\n  epochs: 80\n  mixup: 0.2\n")
        (root / "config" / "train.py").write_text(
            'import mlflow\n\n\ndef train(epochs: int = 80) -> float:\n    """Trains the model and returns its best accuracy."""\n    best = 0.0\n    with mlflow.start_run():\n        for epoch in range(epochs):\n            best = max(best, 1 - 1 / (epoch + 1))\n            mlflow.log_metric("val/accuracy", best, step=epoch)\n    return best\n'
        )
        (root / "summary.json").write_text(json.dumps({"best": {"epoch": 71, "accuracy": 0.9312}, "classes": ["cat", "dog", "heron"], "tuned": True, "notes": None}))
        frame = pd.DataFrame(
            {
                "id": range(400),
                "label": [RNG.choice(["cat", "dog", "heron"]) for _ in range(400)],
                "predicted": [RNG.choice(["cat", "dog", "heron"]) for _ in range(400)],
                "score": [RNG.random() for _ in range(400)],
                "comment": [RNG.choice(["", "blurred, cropped", 'says "meow"', "夜の写真"]) for _ in range(400)],
            }
        )
        frame.to_csv(root / "predictions.csv", index=False)
        frame.to_parquet(root / "predictions.parquet", index=False)
        frame.to_parquet(root / "predictions.zstd.parquet", index=False, compression="zstd")
        image.save(root / "plots" / "learning_curve.pdf")
        with wave.open(str(root / "call.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(b"".join(int(9000 * math.sin(i / 4)).to_bytes(2, "little", signed=True) for i in range(16_000)))
        (root / "MODEL_CARD.md").write_text(
            "# Heron detector\n\nA **ResNet-50** fine-tuned on river photographs.\n\n| Split | Images | Accuracy |\n|---|--:|--:|\n| train | 41,200 | 0.981 |\n| test | 5,150 | 0.931 |\n\n- Trained with mixed precision\n- [Paper](https://example.org)\n\n```python\nmodel.predict(image)\n```\n\n"
        )
        (root / "report.html").write_text(
            "<!doctype html><html><body style='font-family:sans-serif;padding:24px'><h1>Report</h1><p>Accuracy by class</p><table border=1 cellpadding=6><tr><td>cat</td><td>0.95</td></tr><tr><td>heron</td><td>0.91</td></tr></table></body></html>"
        )
        (root / "train.log").write_text("".join(f"2026-11-20 10:{i // 60:02d}:{i % 60:02d} INFO step={i} loss={2.3 / (i + 1):.4f}\n" for i in range(600)))
        (root / "weights.bin").write_bytes(bytes(RNG.randrange(256) for _ in range(300_000)))
        client.log_artifacts(run_id, folder)


def text(run_id: str, path: str, content: str) -> None:
    client.log_text(run_id, content, path)


def main() -> None:
    vision = client.create_experiment("heron-vision", tags={"team": "vision", "priority": "high"})
    client.set_experiment_tag(
        vision,
        "mlflow.note.content",
        "Image classification on river photographs. **Goal:** 0.93 test accuracy with a single GPU.",
    )
    ids = sweep(vision, 60)
    best = ids[-2]
    artifacts(best)
    client.set_tag(best, "mlflow.note.content", "Best candidate so far.\n\n- trained on the *cleaned* split\n- see `MODEL_CARD.md`")
    mlflow.set_experiment("heron-vision")
    with mlflow.start_run(run_id=best):
        data = mlflow.data.from_pandas(pd.DataFrame({"pixel": [0.1, 0.2], "label": [0, 1]}), source="s3://rivers/train.parquet", name="rivers-train", targets="label")
        mlflow.log_input(data, context="training")
        test = mlflow.data.from_pandas(pd.DataFrame({"pixel": [0.3], "label": [1]}), source="s3://rivers/test.parquet", name="rivers-test")
        mlflow.log_input(test, context="testing")

    tuning = client.create_experiment("gradient-boosting-tuning", tags={"team": "tabular"})
    for sweep_index in range(3):
        start = NOW - 5 * DAY + sweep_index * DAY
        parent = client.create_run(tuning, start_time=start, run_name=f"sweep-{sweep_index + 1}", tags={"mlflow.user": "grace"}).info.run_id
        log(parent, [Metric("best_rmse", 0.4 - sweep_index * 0.03, start, 0)], [Param("trials", "12"), Param("sampler", ["tpe", "random", "grid"][sweep_index])], source_tags("grace", "tune.py"))
        for trial in range(12):
            begin = start + (trial + 1) * 4 * MINUTE
            child = client.create_run(tuning, start_time=begin, run_name=f"trial-{trial:02d}", tags={"mlflow.parentRunId": parent}).info.run_id
            depth = RNG.randrange(3, 12)
            rmse = 0.38 + 0.01 * abs(depth - 7) + RNG.gauss(0, 0.01)
            log(
                child,
                [Metric("rmse", rmse, begin, 0), Metric("mae", rmse * 0.71, begin, 0), Metric("r2", 1 - rmse**2, begin, 0)],
                [Param("max_depth", str(depth)), Param("eta", f"{RNG.uniform(0.01, 0.3):.4g}"), Param("subsample", f"{RNG.uniform(0.5, 1):.3g}"), Param("objective", "reg:squarederror")],
                source_tags("grace", "tune.py"),
            )
            if trial == 4:
                leaf = client.create_run(tuning, start_time=begin + MINUTE, run_name="fold-0", tags={"mlflow.parentRunId": child}).info.run_id
                log(leaf, [Metric("rmse", rmse + 0.003, begin, 0)], [Param("fold", "0")], source_tags("grace", "tune.py"))
                client.set_terminated(leaf, end_time=begin + 2 * MINUTE)
            client.set_terminated(child, end_time=begin + 3 * MINUTE + RNG.randrange(30_000))
        client.set_terminated(parent, end_time=start + 60 * MINUTE)

    language = client.create_experiment("языковая-модель 日本語 🌊", tags={"team": "language"})
    start = NOW - 2 * HOUR
    run = client.create_run(language, start_time=start, run_name="предобучение ≤ 1B 🚀").info.run_id
    steps = 20_000
    values = [1.8 + 8 * math.exp(-i / 2500) + RNG.gauss(0, 0.08) for i in range(steps)]
    log(run, history("loss", values, start, 300), [Param("tokens", "20000000000"), Param("prompt", "多行\n文本 " * 40)], source_tags("Łukasz", "pretrain.py"))
    odd = [float("nan"), 1.0, float("inf"), 0.5, float("-inf"), 0.25]
    log(run, history("grad/scale", odd, start, 1000))
    client.update_run(run, status="RUNNING")
    for index in range(6):
        other = client.create_run(language, start_time=start + index * MINUTE, run_name=f"ablation {index} <b>bold</b>").info.run_id
        log(other, history("loss", [2 + index / 10 + 8 * math.exp(-i / 90) + RNG.gauss(0, 0.05) for i in range(500)], start, 3000), [Param("layers", str(4 + 2 * index)), Param("rope", "true")], source_tags("Łukasz", "pretrain.py"))
        client.set_terminated(other, "FINISHED" if index != 2 else "FAILED", end_time=start + 25 * MINUTE + index * MINUTE)

    client.create_experiment("empty-and-waiting")
    for index in range(24):
        client.create_experiment(f"nightly/regression-{index:02d}", tags={"owner": RNG.choice(["ada", "grace", "linus"]), "schedule": "nightly"})
    gone = client.create_experiment("abandoned-idea")
    client.delete_experiment(gone)
    print(json.dumps({"vision": vision, "tuning": tuning, "language": language, "best": best, "status": RunStatus.to_string(RunStatus.FINISHED)}))


if __name__ == "__main__":
    main()
