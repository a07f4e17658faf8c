"""Searching registered models, model versions and prompts."""

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid

PROMPT = "tags.`mlflow.prompt.is_prompt`"


@pytest.fixture
def models(client, rest, unique):
    """Five models and two prompts; returns the pattern that their names share."""
    for number in range(5):
        client.create_registered_model(unique(f"m{number}"), {"parity": str(number % 2), "n": str(number)})
    for number in range(2):
        tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "n", "value": str(number)}]
        rest.ok("POST", "registered-models/create", {"name": unique(f"p{number}"), "tags": tags})
    return unique("%")


@pytest.fixture
def found(client, models, unique):
    def search(text="", **fields):
        text = f"name LIKE '{models}'" + (f" AND {text}" if text else "")
        suffix = len(unique(""))
        return [model.name[:-suffix] for model in client.search_registered_models(text, **fields)]

    return search


def test_models_without_prompts(found):
    assert found() == ["m0", "m1", "m2", "m3", "m4"]
    assert found(f"{PROMPT} != 'true'") == ["m0", "m1", "m2", "m3", "m4"]


def test_prompts_without_models(found):
    assert found(f"{PROMPT} = 'true'") == ["p0", "p1"]
    assert found(f"{PROMPT} = 'true' AND tags.n = '1'") == ["p1"]
    assert found(f"{PROMPT} = 'true'", order_by=["name DESC"]) == ["p1", "p0"]
    assert found(f"{PROMPT} = 'true'", order_by=["timestamp DESC", "name DESC"])[0] in ("p0", "p1")


def test_filters(found, unique):
    assert found("tags.parity = '1'") == ["m1", "m3"]
    assert found("tags.parity = '0' AND tags.n != '2'") == ["m0", "m4"]
    assert found("tags.n LIKE '%' AND tags.none = 'x'") == []
    assert found(f"name ILIKE '{unique('M3').upper()}'") == ["m3"]
    assert found(f"name IN ('{unique('m1')}', '{unique('m2')}', 'none')") == ["m1", "m2"]


def test_orders(client, found, unique):
    client.update_registered_model(unique("m2"), "touched last")
    assert found(order_by=["last_updated_timestamp DESC"])[0] == "m2"
    assert found(order_by=["name DESC"]) == ["m4", "m3", "m2", "m1", "m0"]


@pytest.mark.parametrize("order", [[], ["name DESC"], ["timestamp DESC"]])
@pytest.mark.parametrize("which", ["", f" AND {PROMPT} = 'true'"])
def test_pages(client, models, order, which):
    text = f"name LIKE '{models}'{which}"
    whole = [model.name for model in client.search_registered_models(text, order_by=order)]
    seen, token = [], None
    while token != "":
        page = client.search_registered_models(text, max_results=2, order_by=order, page_token=token)
        assert len(page) <= 2
        seen += [model.name for model in page]
        token = page.token or ""
    assert seen == whole


def test_a_model_is_found_with_all_that_it_has(client, models, unique):
    name = unique("m1")
    for stage in ["None", "Staging", "Staging"]:
        version = client.create_model_version(name, "s3://b/x", tags={"k": stage}).version
        client.transition_model_version_stage(name, version, stage)
    client.set_registered_model_alias(name, "champion", "2")
    (found,) = client.search_registered_models(f"name = '{name}'")
    assert {v.current_stage: (v.version, v.tags) for v in found.latest_versions} == {
        "None": ("1", {"k": "None"}),
        "Staging": ("3", {"k": "Staging"}),
    }
    assert (found.aliases, found.tags) == ({"champion": "2"}, {"parity": "1", "n": "1"})


def test_refusals(client, rest):
    for text in ["version = 1", "name > 'a'", "tags.a < 'b'", "whatever = 'x'"]:
        with pytest.raises(MlflowException):
            client.search_registered_models(text)
        with pytest.raises(MlflowException):
            client.search_model_versions(text)
    message = "Invalid value \"{}\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'."
    for route, size in [("registered-models/search", 1001), ("model-versions/search", 200_001)]:
        answer = rest.get(route, {"max_results": size})
        assert_invalid(answer)
        assert answer.message.startswith(message.format(size))
        assert_invalid(rest.get(route, {"page_token": "bad"}))
    message = "Invalid value for max_results. It must be a positive integer, but got 0"
    assert_invalid(rest.get("model-versions/search", {"max_results": 0}), message)


@pytest.fixture
def versions(client, unique, run):
    """Three versions of one model and two of another, the third made by a run."""
    for name, count in [("a", 3), ("b", 2)]:
        client.create_registered_model(unique(name))
        for number in range(1, count + 1):
            run_id = run if (name, number) == ("a", 3) else None
            client.create_model_version(unique(name), f"s3://{name}/{number}", run_id, {"n": str(number)})
    return f"name IN ('{unique('a')}', '{unique('b')}')"


def test_versions(client, versions, unique, run):
    def found(text, **fields):
        suffix = len(unique(""))
        return [f"{v.name[:-suffix]}{v.version}" for v in client.search_model_versions(text, **fields)]

    by_name = ["name ASC", "version_number ASC"]
    assert found(versions, order_by=by_name) == ["a1", "a2", "a3", "b1", "b2"]
    assert found(versions)[0] == "b2"
    assert found(f"name = '{unique('a')}'", order_by=["version_number DESC"]) == ["a3", "a2", "a1"]
    assert found(f"{versions} AND version_number > 1", order_by=by_name) == ["a2", "a3", "b2"]
    assert found(f"{versions} AND tags.n = '2'", order_by=by_name) == ["a2", "b2"]
    assert found(f"{versions} AND source_path LIKE 's3://a/%'", order_by=by_name) == ["a1", "a2", "a3"]
    assert found(f"run_id = '{run}'") == ["a3"]
    assert found(f"run_id IN ('{run}', 'x')") == ["a3"]
    first = client.search_model_versions(versions, max_results=3)
    rest = client.search_model_versions(versions, max_results=3, page_token=first.token)
    assert (len(first), len(rest), bool(rest.token)) == (3, 2, False)
    whole = [(v.name, v.version) for v in client.search_model_versions(versions)]
    assert [(v.name, v.version) for v in [*first, *rest]] == whole


def test_versions_of_prompts(client, rest, unique):
    name = unique("prompt")
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    rest.ok("POST", "registered-models/create", {"name": name, "tags": tags})
    rest.ok("POST", "model-versions/create", {"name": name, "source": "dummy-source", "tags": tags})
    assert rest.ok("GET", "model-versions/search", query={"filter": f"name = '{name}'"}) == {}
    query = {"filter": f"name = '{name}' AND {PROMPT} = 'true'"}
    assert len(rest.ok("GET", "model-versions/search", query=query)["model_versions"]) == 1


def test_runs_show_their_versions_in_graphql(rest, versions, run, unique):
    query = "query Q($data: MlflowGetRunInput!) { mlflowGetRun(input: $data) { run { modelVersions { name version status source } } } }"
    body = {"query": query, "variables": {"data": {"runId": run}}}
    found = rest.ok("POST", "/graphql", body)["data"]["mlflowGetRun"]["run"]["modelVersions"]
    assert found == [{"name": unique("a"), "version": "3", "status": "READY", "source": "s3://a/3"}]
