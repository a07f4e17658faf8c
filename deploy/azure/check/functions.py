"""Bicep's functions, as far as the templates call them."""

import hashlib
import json
import urllib.parse
import uuid


def unique_string(*parts):
    """Thirteen letters, as Bicep's, but others: nothing may depend on which."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
    return "u" + digest[:12]


def take(value, count):
    return value[:count]


def union(*objects):
    return {name: value for one in objects for name, value in one.items()}


def environment():
    return {"suffixes": {"storage": "core.windows.net", "acrLoginServer": ".azurecr.io"}}


def resource_group(name="GROUP"):
    return {"id": f"/subscriptions/SUBSCRIPTION/resourceGroups/{name}", "name": name, "location": "westeurope"}


def subscription():
    return {"id": "/subscriptions/SUBSCRIPTION", "tenantId": "00000000-0000-4000-8000-000000000000"}


FUNCTIONS = {
    "concat": lambda *lists: [one for items in lists for one in items],
    "empty": lambda value: not value,
    "environment": environment,
    "guid": lambda *parts: str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join(parts))),
    "indexOf": lambda value, part: value.find(part),
    "json": json.loads,
    "max": max,
    "replace": lambda value, old, new: value.replace(old, new),
    "resourceGroup": resource_group,
    "string": str,
    "subscription": subscription,
    "subscriptionResourceId": lambda kind, name: f"/subscriptions/SUBSCRIPTION/providers/{kind}/{name}",
    "substring": lambda value, start, length: value[start:start + length],
    "take": take,
    "union": union,
    "uniqueString": unique_string,
    "uriComponent": lambda value: urllib.parse.quote(value, safe=""),
}
