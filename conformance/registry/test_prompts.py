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


def test_model_config(genai, name):
    from mlflow.entities.model_registry import PromptModelConfig

    genai.register_prompt(name, "text")
    genai.set_prompt_model_config(name, 1, PromptModelConfig(provider="openai", model_name="m", temperature=0.2))
    found = genai.load_prompt(name, version=1, cache_ttl_seconds=0).model_config
    assert (found["provider"], found["model_name"], found["temperature"]) == ("openai", "m", 0.2)
    genai.set_prompt_model_config(name, 1, {"model_name": "n"})
    assert genai.load_prompt(name, version=1, cache_ttl_seconds=0).model_config["model_name"] == "n"
    genai.delete_prompt_model_config(name, 1)
    assert genai.load_prompt(name, version=1, cache_ttl_seconds=0).model_config is None


def test_versions_do_not_change(genai, name):
    genai.register_prompt(name, "Hello {{who}}")
    assert genai.load_prompt(name, version=1).template == "Hello {{who}}"
    # The client keeps a version for as long as it likes; what an alias or "latest" is, it asks again.
    genai.register_prompt(name, "Bye {{who}}")
    assert genai.load_prompt(name, version=1).template == "Hello {{who}}"
    assert genai.load_prompt(f"prompts:/{name}@latest", cache_ttl_seconds=0).template == "Bye {{who}}"


def test_versions_are_searched(genai, client, name):
    for number in range(3):
        genai.register_prompt(name, f"text {number}")
    found, token = [], None
    while token != "":
        page = client.search_prompt_versions(name, max_results=2, page_token=token)
        found += [int(version.version) for version in page]
        token = page.token or ""
    assert sorted(found) == [1, 2, 3]


def test_linked_to_a_model_a_trace_and_an_experiment(genai, fluent, client, name):
    import json

    prompt = genai.register_prompt(name, "text")
    model = fluent.initialize_logged_model(name="m")
    client.link_prompt_version_to_model(name, "1", model.model_id)
    linked = json.loads(client.get_logged_model(model.model_id).tags["mlflow.linkedPrompts"])
    assert linked == [{"name": name, "version": "1"}]

    with fluent.start_span("s") as span:
        pass
    fluent.flush_trace_async_logging()
    client.link_prompt_versions_to_trace([prompt], span.trace_id)
    trace = client.get_trace(span.trace_id)
    assert json.loads(trace.info.tags["mlflow.linkedPrompts"]) == [{"name": name, "version": "1"}]

    experiment = trace.info.experiment_id
    found = genai.search_prompts(f"experiment_id = '{experiment}'")
    import time

    end = time.monotonic() + 20
    while not found and time.monotonic() < end:
        # The client links a prompt to the experiment on a thread of its own.
        time.sleep(0.2)
        found = genai.search_prompts(f"experiment_id = '{experiment}'")
    assert [each.name for each in found] == [name]
