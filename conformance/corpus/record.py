"""Records the answers of the reference server to every text of the corpus.

    python record.py sqlite URL [ENTITY...]
    python record.py postgres URL [ENTITY...]

The first writes the answers of a reference server on SQLite. The second asks one on PostgreSQL, and
notes its answer wherever it differs. Only the reference may be recorded; run `test_corpus.py` to
hold another server against it.
"""

import json
import os
import sys

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import texts  # noqa: E402
from dataset import DataSet  # noqa: E402


def recordable(url, dataset, entity, question):
    answer, _ = texts.ask(url, dataset, entity, question)
    return answer if texts.is_refusal(answer) else {"fails": True}


def main(engine, url, *entities):
    dataset = DataSet(url).build()
    for entity in entities or texts.ENTITIES:
        if engine == "sqlite":
            recorded = [
                {**question, **recordable(url, dataset, entity, question)}
                for question in texts.questions(entity)
            ]
        else:
            recorded = texts.answers(entity)
            for one in recorded:
                one.pop("on_postgres", None)
                answer = recordable(url, dataset, entity, one)
                if answer != texts.answer_of(one, "sqlite"):
                    one["on_postgres"] = answer
        lines = [json.dumps(one, ensure_ascii=False) for one in recorded]
        path = texts.HERE / f"answers_{entity}.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(lines)} answers")


if __name__ == "__main__":
    main(*sys.argv[1:])
