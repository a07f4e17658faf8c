"""The real MLflow and the server share webhooks, their secrets among them; see `test_turns` for how."""

import base64
import hashlib
import hmac

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from test_turns import plain

from receiver import Receiver

pytestmark = pytest.mark.mlflow3


@pytest.fixture(autouse=True)
def open_to_this_machine(monkeypatch):
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http,https")
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def seen(webhook):
    return plain({
        "id": webhook.webhook_id,
        "name": webhook.name,
        "url": webhook.url,
        "description": webhook.description,
        "status": str(webhook.status),
        "events": sorted(str(event) for event in webhook.events),
        "times": [webhook.creation_timestamp, webhook.last_updated_timestamp],
    })


def test_made_by_one_and_changed_by_the_other(sides, receiver, unique):
    first, second = sides
    events = ["prompt.created", "model_version.created"]
    made = first.create_webhook(unique("w"), receiver.url, events, "why", "s3cret", "DISABLED")
    assert seen(made) == seen(second.get_webhook(made.webhook_id)) == seen(first.get_webhook(made.webhook_id))
    second.update_webhook(made.webhook_id, name=unique("x"), events=["prompt_alias.created"], status="ACTIVE")
    pages = [{each.webhook_id: seen(each) for each in side.list_webhooks()} for side in sides]
    assert pages[0] == pages[1]
    assert pages[0][made.webhook_id]["events"] == ["prompt_alias.created"]
    first.delete_webhook(made.webhook_id)
    with pytest.raises(MlflowException, match="not found"):
        second.get_webhook(made.webhook_id)


def test_either_reads_the_secret_of_the_other(sides, shared, receiver, unique):
    _, uri = shared
    for number, (maker, other) in enumerate((sides, sides[::-1])):
        secret = f"grüße {number}"
        made = maker.create_webhook(unique(f"w{number}"), f"{receiver.url}/{number}", ["prompt.created"], secret=secret)
        assert SqlAlchemyStore(uri).get_webhook(made.webhook_id).secret == secret
        for side in (maker, other):
            # A client that holds the database itself sends nothing.
            if not isinstance(side._get_registry_client().store, SqlAlchemyStore):
                assert side.test_webhook(made.webhook_id).success
        for headers, body in receiver.of(f"/{number}"):
            headers = {name.lower(): value for name, value in headers.items()}
            signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.{body.decode()}"
            digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
            assert headers["x-mlflow-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        other.update_webhook(made.webhook_id, secret="another")
        assert SqlAlchemyStore(uri).get_webhook(made.webhook_id).secret == "another"


@pytest.mark.headwater_only
def test_mlflow_does_not_stumble_over_own_events(sides, shared, receiver, unique):
    server, _ = shared
    from rest import Rest

    rest = Rest(server.url)
    own = [{"entity": "RUN", "action": "FINISHED"}, {"entity": "PROMPT", "action": "CREATED"}]
    body = {"name": unique("own"), "url": receiver.url, "events": own}
    made = rest.ok("POST", "webhooks", body)["webhook"]["webhook_id"]
    for side in sides:
        assert all(each.events for each in side.list_webhooks())
    # Turned into one of MLflow's, it moves to where MLflow finds it; and back again.
    rest.ok("PATCH", f"webhooks/{made}", {"events": own[1:]})
    assert seen(sides[0].get_webhook(made)) == seen(sides[1].get_webhook(made))
    rest.ok("PATCH", f"webhooks/{made}", {"events": own})
    assert made not in {each.webhook_id for each in SqlAlchemyStore(shared[1]).list_webhooks()}
    rest.ok("DELETE", f"webhooks/{made}")
