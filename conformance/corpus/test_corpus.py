"""Replays the corpus of filter and order-by texts against the server under test."""

import texts
import pytest
from packaging.version import Version


def cases():
    for entity in texts.ENTITIES:
        marks = [pytest.mark.mlflow3] if entity == "logged_models" else []
        for number, recorded in enumerate(texts.answers(entity), 1):
            yield pytest.param(entity, recorded, marks=marks, id=f"{entity}-{number}")


@pytest.mark.parametrize(("entity", "recorded"), cases())
def test_answers_as_recorded(server, dataset, entity, recorded):
    answer, status = texts.ask(server.url, dataset, entity, recorded)
    is_reference = server.kind == "reference"
    if is_reference and server.release() < Version(recorded.get("since", "0")):
        pytest.skip("the reference is older")
    wrong = texts.disagreement(recorded, answer, status, server.engine, is_reference)
    assert not wrong, wrong


@pytest.mark.parametrize("entity", texts.ENTITIES)
def test_every_text_has_an_answer(entity):
    keys = ("filter", "order_by", "view")
    recorded = [{key: one[key] for key in keys if key in one} for one in texts.answers(entity)]
    assert recorded == texts.questions(entity)
