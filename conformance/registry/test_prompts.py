"""Prompts, through `mlflow.genai`."""

import pytest
from mlflow.exceptions import MlflowException

pytestmark = pytest.mark.mlflow3


@pytest.fixture
def genai(fluent):
    import mlflow.genai

    return mlflow.genai


@pytest.fixture
def name(unique):
    return unique("prompt")


def test_a_text_prompt(genai, name):
    first = genai.register_prompt(name, "Hello {{who}}", commit_message="first", tags={"lang": "en"})
    second = genai.register_prompt(name, "Good day {{who}}")
    assert (first.version, second.version) == (1, 2)
    found = genai.load_prompt(name, version=1)
    assert (found.template, found.commit_message, found.tags["lang"]) == ("Hello {{who}}", "first", "en")
    assert found.format(who="you") == "Hello you"
    assert found.variables == {"who"}
    assert genai.load_prompt(name).version == 2
    assert genai.load_prompt(f"prompts:/{name}/1").version == 1
    assert genai.load_prompt(f"prompts:/{name}/9", allow_missing=True) is None


def test_a_chat_prompt(genai, name):
    from pydantic import BaseModel

    class Answer(BaseModel):
        text: str

    messages = [{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{question}}"}]
    config = {"model_name": "m", "temperature": 0.5}
    genai.register_prompt(name, messages, response_format=Answer, model_config=config)
    found = genai.load_prompt(name, version=1)
    assert (found.template, found.is_text_prompt) == (messages, False)
    assert found.response_format == Answer.model_json_schema()
    assert found.model_config == config
    assert found.format(tone="kind", question="Why?")[1] == {"role": "user", "content": "Why?"}


def test_aliases(genai, name):
    for text in ("one", "two"):
        genai.register_prompt(name, text)
    genai.set_prompt_alias(name, "production", 1)
    assert genai.load_prompt(f"prompts:/{name}@production", cache_ttl_seconds=0).template == "one"
    genai.set_prompt_alias(name, "production", 2)
    assert genai.load_prompt(f"prompts:/{name}@production", cache_ttl_seconds=0).template == "two"
    genai.delete_prompt_alias(name, "production")
    with pytest.raises(MlflowException):
        genai.load_prompt(f"prompts:/{name}@production", cache_ttl_seconds=0)


def test_tags(genai, name):
    genai.register_prompt(name, "text", tags={"a": "1"})
    genai.set_prompt_tag(name, "team", "x")
    genai.set_prompt_version_tag(name, 1, "b", "2")
    genai.delete_prompt_version_tag(name, 1, "a")
    assert genai.get_prompt_tags(name)["team"] == "x"
    genai.delete_prompt_tag(name, "team")
    assert "team" not in genai.get_prompt_tags(name)
    tags = genai.load_prompt(name, version=1, cache_ttl_seconds=0).tags
    assert (tags.get("a"), tags["b"]) == (None, "2")


def test_searching(genai, client, unique):
    for part in ("one", "two"):
        genai.register_prompt(unique(part), part, tags={"part": part})
    client.create_registered_model(unique("one-model"))
    found = genai.search_prompts(f"name ILIKE '%{unique('')}%'")
    assert sorted(prompt.name for prompt in found) == [unique("one"), unique("two")]
    assert [model.name for model in client.search_registered_models(f"name LIKE '{unique('one')}%'")] == []


def test_a_name_is_for_a_prompt_or_a_model(genai, client, name, unique):
    genai.register_prompt(name, "text")
    with pytest.raises(MlflowException, match="already taken by a prompt"):
        client.create_registered_model(name)
    client.create_registered_model(unique("model"))
    with pytest.raises(MlflowException, match="as an existing model"):
        genai.register_prompt(unique("model"), "text")


def test_a_run_knows_its_prompts(genai, fluent, client, name):
    genai.register_prompt(name, "text")
    with fluent.start_run() as run:
        genai.load_prompt(name, version=1, cache_ttl_seconds=0)
    client.link_prompt_version_to_run(run.info.run_id, f"prompts:/{name}/1")
    tag = client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"]
    assert name in tag


def test_deleting(genai, client, name):
    genai.register_prompt(name, "text")
    client.delete_prompt_version(name, "1")
    client.delete_prompt(name)
    assert [prompt.name for prompt in genai.search_prompts(f"name = '{name}'")] == []
