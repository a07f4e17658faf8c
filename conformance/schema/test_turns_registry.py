"""The real MLflow and the server share one registry; see `test_turns` for how."""

import pytest
from mlflow.exceptions import MlflowException
from test_turns import UNICODE, plain

pytestmark = pytest.mark.mlflow3


@pytest.fixture
def first(sides):
    return sides[0]


@pytest.fixture
def second(sides):
    return sides[1]


@pytest.fixture
def same(sides):
    """Asks both sides the same question; returns the answer, which must be the same."""

    def ask(question):
        answers = [question(client) for client in sides]
        assert plain(answers[0]) == plain(answers[1])
        return answers[0]

    return ask


@pytest.fixture
def model(first, unique):
    return first.create_registered_model(unique("model"), {"team": UNICODE}, UNICODE).name


def test_numbers_are_dealt_by_both(first, second, model):
    dealt = [c.create_model_version(model, "s3://b/x").version for c in (first, second, second, first, second)]
    assert [int(number) for number in dealt] == [1, 2, 3, 4, 5]


def test_made_by_one_and_read_by_the_other(first, second, same, model):
    first.create_model_version(model, "s3://b/x", tags={"k": UNICODE}, description=UNICODE)
    second.set_registered_model_alias(model, "champion", "1")
    # A number that the store deals in is a text on the wire, so the clients' entities differ.
    def seen(client):
        found = client.get_registered_model(model)
        return found.tags, found.description, {alias: int(to) for alias, to in found.aliases.items()}

    assert same(seen) == ({"team": UNICODE}, UNICODE, {"champion": 1})
    tags = same(lambda client: client.get_model_version_by_alias(model, "champion").tags)
    assert tags == {"k": UNICODE}


def test_changed_in_turn(first, second, same, model, unique):
    for client in (first, second):
        client.create_model_version(model, "s3://b/x", tags={"n": "1"})
    second.rename_registered_model(model, unique("renamed"))
    name = unique("renamed")
    first.set_model_version_tag(name, "2", "n", "2")
    second.transition_model_version_stage(name, "1", "Production")
    first.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    stages = same(lambda c: sorted((int(v.version), v.current_stage) for v in c.search_model_versions(f"name = '{name}'")))
    assert stages == [(1, "Archived"), (2, "Production")]
    first.delete_model_version(name, "1")
    with pytest.raises(MlflowException, match="not found"):
        second.get_model_version(name, "1")
    assert int(second.create_model_version(name, "s3://b/x").version) == 3
    second.delete_registered_model(name)
    with pytest.raises(MlflowException, match="not found"):
        first.get_registered_model(name)


def test_prompts_of_both(first, second, same, unique):
    for number, client in enumerate((first, second)):
        client.register_prompt(unique(f"p{number}"), "Hello {{who}}", tags={"lang": "en"})
    found = same(lambda client: [p.name for p in client.search_prompts(f"name LIKE '%{unique('')}'")])
    assert found == [unique("p0"), unique("p1")]
    for number in range(2):
        found = same(lambda client: client.get_prompt_version(unique(f"p{number}"), "1").template)
        assert found == "Hello {{who}}"
    assert same(lambda client: [m.name for m in client.search_registered_models(f"name LIKE '%{unique('')}'")]) == []
