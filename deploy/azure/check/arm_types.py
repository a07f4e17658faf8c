"""Checks a resource's body against Azure's own type data (the data that the Bicep compiler uses).

The folder is given by HEADWATER_AZURE_TYPES: PROVIDER@VERSION.json, one array of types each.
"""

import functools
import json
import os
import pathlib
import re

from expand import Unknown, show

REQUIRED, READ_ONLY, CONSTANT = 1, 2, 8

# Types of which there is no data to check against.
UNCHECKED = {"Microsoft.Resources/resourceGroups", "Microsoft.ContainerRegistry/registries"}


def folder():
    given = os.environ.get("HEADWATER_AZURE_TYPES")
    return pathlib.Path(given) if given and pathlib.Path(given).is_dir() else None


@functools.cache
def catalogue(path):
    """Every resource type in the folder: its name in small letters, with its version, and where it is."""
    found = {}
    for file in sorted(path.glob("*.json")):
        data = json.loads(file.read_text())
        for entry in data:
            if entry.get("$type") == "ResourceType":
                found[entry["name"].lower()] = (data, entry)
    return found


def check(resource, path):
    """Yields what is wrong with a resource. A type that the folder has no data of is wrong too."""
    if resource.type in UNCHECKED:
        return
    entry = catalogue(path).get(f"{resource.type}@{resource.version}".lower())
    if entry is None:
        yield f"{resource.where}: no type {resource.type}@{resource.version}"
        return
    data, found = entry
    if found["name"].split("@")[0] != resource.type:
        yield f"{resource.where}: is spelled {found['name'].split('@')[0]}"
    body = {name: value for name, value in resource.body.items() if name not in ("dependsOn", "scope")}
    if resource.existing:
        return
    yield from Walk(data, resource.where).check(body, found["body"], "")


class Walk:
    def __init__(self, data, where):
        self.data, self.where = data, where

    def resolve(self, reference):
        return self.data[int(reference["$ref"].split("/")[-1])] if "$ref" in reference else reference

    def check(self, value, reference, path):
        kind = self.resolve(reference)
        if isinstance(value, Unknown) or value is None:
            return
        handler = getattr(self, "on_" + kind["$type"], None)
        # The data of another file, or a type that takes anything.
        if handler is not None:
            yield from handler(value, kind, path)

    def wrong(self, path, text):
        return f"{self.where}: {path or 'it'}: {text}"

    def on_StringType(self, value, kind, path):
        if not isinstance(value, str):
            yield self.wrong(path, f"is no string: {show(value)}")
        elif not kind.get("minLength", 0) <= len(value) <= kind.get("maxLength", len(value)):
            yield self.wrong(path, f"has a wrong length: {show(value)}")
        elif "pattern" in kind and not re.search(kind["pattern"], value):
            yield self.wrong(path, f"does not look like {kind['pattern']}: {show(value)}")

    def on_StringLiteralType(self, value, kind, path):
        if value != kind["value"]:
            yield self.wrong(path, f"is {show(value)}, not {kind['value']!r}")

    def on_IntegerType(self, value, kind, path):
        # A number with a fraction comes from json(), and is the service's to judge.
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield self.wrong(path, f"is no number: {show(value)}")
        elif not kind.get("minValue", value) <= value <= kind.get("maxValue", value):
            yield self.wrong(path, f"is out of range: {show(value)}")

    def on_BooleanType(self, value, _kind, path):
        if not isinstance(value, bool):
            yield self.wrong(path, f"is neither true nor false: {show(value)}")

    def on_ArrayType(self, value, kind, path):
        if not isinstance(value, list):
            yield self.wrong(path, f"is no array: {show(value)}")
            return
        for index, one in enumerate(value):
            yield from self.check(one, kind["itemType"], f"{path}[{index}]")

    def on_UnionType(self, value, kind, path):
        members = [self.resolve(one) for one in kind["elements"]]
        literals = [one["value"] for one in members if one["$type"] == "StringLiteralType"]
        if literals and isinstance(value, str):
            # Most of Azure's lists of words are open by type; a word that is not in it is a slip all the same.
            if value not in literals:
                yield self.wrong(path, f"is {show(value)}, none of {', '.join(literals)}")
        elif all(any(True for _ in self.check(value, one, path)) for one in kind["elements"]):
            yield self.wrong(path, f"fits none of its types: {show(value)}")

    def on_ObjectType(self, value, kind, path):
        yield from self.properties(value, kind["properties"], kind.get("additionalProperties"), path)

    def on_DiscriminatedObjectType(self, value, kind, path):
        word = value.get(kind["discriminator"]) if isinstance(value, dict) else None
        if word not in kind["elements"]:
            yield self.wrong(path, f"{kind['discriminator']} is {show(word)}")
            return
        element = self.resolve(kind["elements"][word])
        properties = {**kind["baseProperties"], **element["properties"]}
        yield from self.properties(value, properties, None, path)

    def properties(self, value, properties, others, path):
        if not isinstance(value, dict):
            yield self.wrong(path, f"is no object: {show(value)}")
            return
        for name, property_ in properties.items():
            flags = property_["flags"]
            if name not in value and flags & REQUIRED and not flags & CONSTANT:
                yield self.wrong(path, f"lacks {name}")
        for name, one in value.items():
            inner = f"{path}.{name}".lstrip(".")
            if name not in properties:
                if others is None:
                    yield self.wrong(inner, "is not a property of this type")
                else:
                    yield from self.check(one, others, inner)
            elif properties[name]["flags"] & READ_ONLY:
                yield self.wrong(inner, "is Azure's to give")
            else:
                yield from self.check(one, properties[name]["type"], inner)
