"""Webhooks: their API, what they are told and how, with a real receiver."""

import base64
import hashlib
import hmac
import json
import os
import re

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from receiver import Receiver
from rest import Rest

pytestmark = pytest.mark.mlflow3

ENVIRONMENT = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": os.environ["MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"],
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",
}
WEBHOOKS = "/api/2.0/mlflow/webhooks"


@pytest.fixture(scope="module")
def open_server(start_server, engine):
    """A server whose webhooks may call this machine."""
    return start_server(engine, environment=ENVIRONMENT)


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def registry(open_server):
    return MlflowClient(open_server.url, open_server.url)


@pytest.fixture
def api(open_server):
    return Rest(open_server.url)


@pytest.fixture
def webhook(registry, receiver, unique):
    """Makes a webhook; returns it and the path at which its receiver hears it."""
    made = []

    def make(*events, secret=None, path="/hook"):
        path = f"{path}/{unique('w')}-{len(made)}"
        found = registry.create_webhook(unique("w"), receiver.url + path, list(events), secret=secret)
        made.append(found)
        return found, path

    yield make
    for each in made:
        registry.delete_webhook(each.webhook_id)


def events_of(webhook):
    return sorted(str(event) for event in webhook.events)


def test_made_read_changed_and_deleted(registry, receiver, unique):
    made = registry.create_webhook(
        unique("w"), receiver.url, ["model_version.created", "prompt.created"], "why", "s3cret", "DISABLED"
    )
    found = registry.get_webhook(made.webhook_id)
    assert (found.name, found.url, found.description) == (unique("w"), receiver.url, "why")
    assert (str(found.status), events_of(found)) == ("DISABLED", ["model_version.created", "prompt.created"])
    assert found.secret is None
    changed = registry.update_webhook(made.webhook_id, description="", events=["prompt_tag.set"], status="ACTIVE")
    assert (changed.name, changed.description, str(changed.status)) == (unique("w"), None, "ACTIVE")
    assert events_of(changed) == ["prompt_tag.set"]
    assert changed.last_updated_timestamp >= made.creation_timestamp
    registry.delete_webhook(made.webhook_id)
    for act in (registry.get_webhook, registry.delete_webhook, registry.test_webhook):
        with pytest.raises(MlflowException, match=f"Webhook with ID {made.webhook_id} not found."):
            act(made.webhook_id)


@pytest.mark.safer
def test_events_stay_as_they_were_given(registry, receiver, unique):
    """MLflow keeps the order on PostgreSQL, and sorts on SQLite."""
    given = ["registered_model.created", "model_version.created", "model_version_tag.set", "model_version_alias.created"]
    told = lambda webhook: [str(event) for event in webhook.events]
    made = registry.create_webhook(unique("w"), receiver.url, given)
    assert told(made) == told(registry.get_webhook(made.webhook_id)) == given
    for order in (list(reversed(given)), given[1:] + given[:1]):
        assert told(registry.update_webhook(made.webhook_id, events=order)) == order
        assert told(registry.get_webhook(made.webhook_id)) == order
        assert told(registry.update_webhook(made.webhook_id, description="other")) == order
        assert [told(each) for each in registry.list_webhooks() if each.webhook_id == made.webhook_id] == [order]
    registry.delete_webhook(made.webhook_id)


def test_listed_page_by_page(registry, receiver, unique):
    made = {
        registry.create_webhook(f"{unique('w')}-{n}", receiver.url, ["prompt.created"]).webhook_id for n in range(5)
    }
    found, token = [], None
    while token != "":
        page = registry.list_webhooks(max_results=2, page_token=token)
        assert len(page) <= 2
        found += page
        token = page.token or ""
    assert made <= {each.webhook_id for each in found}
    times = [each.creation_timestamp for each in found]
    assert times == sorted(times, reverse=True)
    for webhook_id in made:
        registry.delete_webhook(webhook_id)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "Missing value for required parameter 'name'"),
        ({"name": "-a"}, "Webhook name '-a' is invalid. It must start and end with a letter or digit"),
        ({"name": "a" * 64}, "Webhook name 'a+' is invalid."),
        ({"name": 7}, "Invalid value 7 for parameter 'name'"),
        ({"url": "ftp://example.org"}, "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: http, https."),
        ({"url": "example.org"}, "Invalid webhook URL scheme: ''. Allowed schemes are: http, https."),
        ({"url": "http://"}, "Webhook URL must include a hostname: 'http://'"),
        ({"events": None}, "Missing value for required parameter 'events'"),
        ({"events": []}, "Webhook events must be a non-empty list of WebhookEvent objects"),
        ({"events": [{"entity": "PROMPT", "action": "SET"}]}, r"Invalid action 'set' for entity 'prompt'. Valid actions are: \['created'\]"),
        ({"events": "PROMPT"}, "Invalid value .* for parameter 'events'"),
    ],
)
def test_refused(api, receiver, unique, change, message):
    good = {"name": unique("w"), "url": receiver.url, "events": [{"entity": "PROMPT", "action": "CREATED"}]}
    body = {name: value for name, value in {**good, **change}.items() if value is not None}
    answer = api.send("POST", WEBHOOKS, json=body)
    assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert re.match(message, answer.json["message"]), answer.json["message"]


@pytest.mark.parametrize("size", [-1, 1001])
def test_pages_have_a_size(api, size):
    answer = api.send("GET", WEBHOOKS, params={"max_results": size})
    assert (answer.status, answer.json["message"]) == (400, "max_results must be between 1 and 1000.")


def test_only_public_places_by_default(rest, unique):
    for url, message in [
        ("http://example.org", "Invalid webhook URL scheme: 'http'. Allowed schemes are: https."),
        ("https://127.0.0.1/x", "Webhook URL must not resolve to a non-public IP address. '127.0.0.1' resolves to 127.0.0.1."),
        ("https://[::ffff:10.0.0.1]/", "Webhook URL must not resolve to a non-public IP address."),
        ("https://169.254.169.254/latest", "Webhook URL must not resolve to a non-public IP address."),
        ("https://localhost/", "Webhook URL must not resolve to a non-public IP address. 'localhost' resolves to "),
    ]:
        body = {"name": unique("w"), "url": url, "events": [{"entity": "PROMPT", "action": "CREATED"}]}
        answer = rest.send("POST", WEBHOOKS, json=body)
        assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json["message"].startswith(message)


def test_a_test_sends_an_example(registry, receiver, webhook):
    hook, path = webhook("model_version.created", "prompt_version.created", secret="s3cret")
    result = registry.test_webhook(hook.webhook_id, "prompt_version.created")
    assert (result.success, result.response_status, result.response_body) == (True, 200, "heard")
    (_, body), = receiver.of(path)
    payload = json.loads(body)
    assert (payload["entity"], payload["action"]) == ("prompt_version", "created")
    assert payload["data"] == {
        "name": "example_prompt",
        "version": "1",
        "template": "Hello {{name}}!",
        "tags": {"example_key": "example_value"},
        "description": "An example prompt version",
    }


def test_a_test_that_fails(registry, receiver, webhook):
    hook, path = webhook("prompt.created")
    receiver.answers[path] = [404]
    result = registry.test_webhook(hook.webhook_id)
    assert (result.success, result.response_status) == (False, 404)
    registry.update_webhook(hook.webhook_id, url="http://127.0.0.1:1/")
    result = registry.test_webhook(hook.webhook_id)
    assert (result.success, result.response_status) == (False, None)
    assert result.error_message.startswith("Failed to test webhook: ")


def test_signed(registry, receiver, webhook):
    secret = "grüße"
    hook, path = webhook("registered_model.created", secret=secret)
    registry.test_webhook(hook.webhook_id)
    (headers, body), = receiver.of(path)
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["content-type"] == "application/json"
    signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.{body.decode()}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    assert headers["x-mlflow-signature"] == f"v1,{base64.b64encode(digest).decode()}"


MODEL_EVENTS = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
]
PROMPT_EVENTS = [
    "prompt.created",
    "prompt_version.created",
    "prompt_tag.set",
    "prompt_tag.deleted",
    "prompt_version_tag.set",
    "prompt_version_tag.deleted",
    "prompt_alias.created",
    "prompt_alias.deleted",
]


def test_every_event_of_models_and_prompts(registry, receiver, webhook, unique):
    _, path = webhook(*MODEL_EVENTS, *PROMPT_EVENTS)
    expected = []

    def expect(event, **data):
        entity, action = event.split(".")
        expected.append((entity, action, {name: value for name, value in data.items()}))

    model, prompt = unique("m"), unique("p")
    registry.create_registered_model(model, {"team": "ü"}, "why")
    expect("registered_model.created", name=model, tags={"team": "ü"}, description="why")
    registry.create_model_version(model, "s3://bucket/m", tags={"k": "v"}, description="first")
    expect(
        "model_version.created", name=model, version="1", source="s3://bucket/m", run_id=None, tags={"k": "v"}, description="first"
    )
    registry.set_model_version_tag(model, "1", "a", "b")
    expect("model_version_tag.set", name=model, version="1", key="a", value="b")
    registry.delete_model_version_tag(model, "1", "a")
    expect("model_version_tag.deleted", name=model, version="1", key="a")
    registry.set_registered_model_alias(model, "champion", "1")
    expect("model_version_alias.created", name=model, alias="champion", version="1")
    registry.delete_registered_model_alias(model, "champion")
    expect("model_version_alias.deleted", name=model, alias="champion")
    # A model's own tags are no event.
    registry.set_registered_model_tag(model, "quiet", "x")
    registry.delete_registered_model_tag(model, "quiet")

    registry.register_prompt(prompt, "Hello {{who}}", commit_message="begin", tags={"lang": "en"})
    registry.set_prompt_tag(prompt, "a", "b")
    expect("prompt_tag.set", name=prompt, key="a", value="b")
    registry.delete_prompt_tag(prompt, "a")
    expect("prompt_tag.deleted", name=prompt, key="a")
    registry.set_prompt_version_tag(prompt, "1", "a", "b")
    expect("prompt_version_tag.set", name=prompt, version="1", key="a", value="b")
    registry.delete_prompt_version_tag(prompt, "1", "a")
    expect("prompt_version_tag.deleted", name=prompt, version="1", key="a")
    registry.set_prompt_alias(prompt, "live", 1)
    expect("prompt_alias.created", name=prompt, alias="live", version="1")
    registry.delete_prompt_alias(prompt, "live")
    expect("prompt_alias.deleted", name=prompt, alias="live")

    def heard():
        """All but that the client notes the experiment that is active when a prompt is made."""
        events = [(each["entity"], each["action"], each["data"]) for each in receiver.bodies(path)]
        return [event for event in events if event[2].get("key") != "_mlflow_experiment_ids"]

    receiver.wait_until(lambda: len(heard()) >= len(expected) + 2)
    created = [event for event in heard() if event[0] in ("prompt", "prompt_version")]
    others = [event for event in heard() if event not in created]
    order = json.dumps
    assert sorted(others, key=order) == sorted(expected, key=order)
    by_entity = {entity: data for entity, _, data in created}
    assert by_entity["prompt"]["name"] == by_entity["prompt_version"]["name"] == prompt
    assert by_entity["prompt_version"]["template"] == "Hello {{who}}"
    assert by_entity["prompt_version"]["version"] == "1"
    assert by_entity["prompt_version"]["tags"]["lang"] == "en"
    marks = {"mlflow.prompt.is_prompt", "_mlflow_prompt_type", "mlflow.prompt.text"}
    assert not marks & by_entity["prompt_version"]["tags"].keys()
    stamp = receiver.bodies(path)[0]["timestamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", stamp)


def test_one_that_is_off_hears_nothing(registry, receiver, webhook, unique):
    off, quiet = webhook("registered_model.created")
    _, loud = webhook("registered_model.created")
    registry.update_webhook(off.webhook_id, status="DISABLED")
    registry.create_registered_model(unique("m"))
    receiver.wait(loud)
    assert receiver.of(quiet) == []


def test_a_failed_delivery_is_sent_again(registry, receiver, webhook, unique):
    _, path = webhook("registered_model.created")
    receiver.answers[path] = [503]
    registry.create_registered_model(unique("m"))
    bodies = [json.loads(body)["data"]["name"] for _, body in receiver.wait(path, 2)]
    assert bodies == [unique("m")] * 2
