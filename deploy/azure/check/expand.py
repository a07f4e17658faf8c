"""Works a template out for given parameters: which resources it makes, and with what in them.

What only Azure can know (the id of what is not made yet, a key) becomes `Unknown`, which carries its
own spelling, so that a check can still see where a value comes from.
"""

import dataclasses
import json
import re

import bicep
from functions import FUNCTIONS


class Fault(Exception):
    """The template contradicts itself."""


@dataclasses.dataclass(frozen=True)
class Unknown:
    spelling: str
    secret: bool = False


@dataclasses.dataclass
class Resource:
    symbol: str
    type: str
    version: str
    existing: bool
    body: dict
    file: str
    line: int
    module: str
    parent: "Resource | None" = None
    secrets: dict = dataclasses.field(default_factory=dict)

    @property
    def where(self):
        return f"{self.file}:{self.line} {self.symbol}"

    @property
    def id(self):
        name = spell(self.body.get("name"))
        if self.parent is not None:
            return f"{self.parent.id}/{self.type.rsplit('/', 1)[1]}/{name}"
        return f"/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/{self.type}/{name}"


def spell(value):
    return value.spelling if isinstance(value, Unknown) else str(value)


def is_secret(value):
    """Whether a value, or anything in it, must not be seen."""
    if isinstance(value, Unknown):
        return value.secret
    if isinstance(value, dict):
        return any(is_secret(one) for one in value.values())
    return isinstance(value, list) and any(is_secret(one) for one in value)


class Module:
    """One file, worked out with its parameters."""

    def __init__(self, path, given, sources, name="main"):
        self.path, self.given, self.sources, self.name = path, given, sources, name
        self.file = bicep.read(path, sources.get(path.name))
        self.values, self.resources, self.modules = {}, {}, {}
        self.check_parameters()
        for one in self.file.of_kind("resource") + self.file.of_kind("module"):
            self.symbol(one.name)
        self.outputs = {}
        for one in self.file.of_kind("output"):
            self.outputs[one.name] = self.evaluate(one.value)
        for one in self.file.of_kind("param") + self.file.of_kind("var"):
            self.symbol(one.name)
            if not self.is_used(one):
                raise Fault(f"{path.name}:{one.line}: {one.name} is never used")

    def is_used(self, one):
        """Whether the name stands anywhere in the file but where it is declared."""
        source = self.sources.get(self.path.name) or self.path.read_text()
        code = re.sub(r"//.*|^@description.*", "", source, flags=re.MULTILINE)
        return len(re.findall(rf"\b{one.name}\b(?!:)", code)) > 1

    def check_parameters(self):
        declared = {one.name: one for one in self.file.of_kind("param")}
        for name in self.given:
            if name not in declared:
                raise Fault(f"{self.path.name} has no parameter {name}")
        for name, one in declared.items():
            if name not in self.given and one.value is None:
                raise Fault(f"{self.path.name} is not given its parameter {name}")
            if name in self.given:
                self.check_parameter(one, self.given[name])

    def check_parameter(self, one, value):
        where = f"{self.path.name}: parameter {one.name}"
        if isinstance(value, Unknown):
            if value.secret and "secure" not in one.decorators:
                raise Fault(f"{where} takes a secret and is not secure")
            return
        expected = {"string": str, "int": int, "bool": bool, "object": dict, "array": list}[one.type.rstrip("?")]
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise Fault(f"{where} is no {one.type}: {value!r}")
        limits = {name: self.evaluate(nodes[0]) for name, nodes in one.decorators.items() if nodes}
        if "allowed" in limits and value not in limits["allowed"]:
            raise Fault(f"{where} may not be {value!r}")
        size = len(value) if isinstance(value, (str, list)) else None
        if size is not None and not limits.get("minLength", 0) <= size <= limits.get("maxLength", size):
            raise Fault(f"{where} has a wrong length: {value!r}")
        if expected is int and not limits.get("minValue", value) <= value <= limits.get("maxValue", value):
            raise Fault(f"{where} is out of range: {value!r}")

    def symbol(self, name):
        if name not in self.values:
            one = next((self.file.declarations[kind, name] for kind in ("param", "var", "resource", "module")
                        if (kind, name) in self.file.declarations), None)
            if one is None:
                raise Fault(f"{self.path.name}: nothing is called {name}")
            self.values[name] = None
            self.values[name] = getattr(self, "make_" + one.kind)(one)
        return self.values[name]

    def make_param(self, one):
        value = self.given[one.name] if one.name in self.given else self.evaluate(one.value)
        if "secure" in one.decorators and isinstance(value, str) and value:
            return Unknown(f"secure({one.name})", secret=True)
        return value

    def make_var(self, one):
        return self.evaluate(one.value)

    def applies(self, one):
        return one.condition is None or self.evaluate(one.condition) is not False

    def make_resource(self, one):
        if not self.applies(one):
            return None
        resource_type, _, version = one.type.partition("@")
        made = Resource(one.name, resource_type, version, one.existing, {}, self.path.name, one.line, self.name)
        made.body = self.evaluate(one.value)
        made.parent = made.body.pop("parent", None)
        self.resources[one.name] = made
        return made

    def make_module(self, one):
        if not self.applies(one):
            return None
        body = self.evaluate(one.value)
        made = Module(self.path.parent / one.type, body.get("params", {}), self.sources, body["name"])
        self.modules[one.name] = made
        return made

    def evaluate(self, node):
        handler = getattr(self, "on_" + node.type, None)
        if handler is None:
            raise Fault(f"{self.path.name}:{node.start_point[0] + 1}: cannot work out {bicep.text(node)[:60]!r}")
        return handler(node)

    def on_parenthesized_expression(self, node):
        return self.evaluate(node.named_children[0])

    def on_number(self, node):
        return int(bicep.text(node))

    def on_boolean(self, node):
        return bicep.text(node) == "true"

    def on_null(self, _node):
        return None

    def on_string(self, node):
        parts = []
        for child in node.named_children:
            if child.type == "interpolation":
                parts.append(self.evaluate(child.named_children[0]))
            elif child.type == "escape_sequence":
                parts.append(bicep.text(child)[1:])
            else:
                parts.append(bicep.text(child))
        if any(isinstance(part, Unknown) for part in parts):
            spelling = "".join("${" + part.spelling + "}" if isinstance(part, Unknown) else str(part) for part in parts)
            return Unknown(spelling, any(is_secret(part) for part in parts))
        return "".join(str(part) for part in parts)

    def on_array(self, node):
        return [self.evaluate(child) for child in node.named_children if child.type != "comment"]

    def on_object(self, node):
        found = {}
        for child in node.named_children:
            if child.type != "object_property":
                continue
            key, value = child.named_children[0], child.named_children[-1]
            name = spell(self.evaluate(key)) if key.type == "string" else bicep.text(key)
            if name in found:
                raise Fault(f"{self.path.name}:{key.start_point[0] + 1}: {name} is given twice")
            found[name] = self.evaluate(value)
        return found

    def on_identifier(self, node):
        return self.symbol(bicep.text(node))

    def on_unary_expression(self, node):
        value = self.evaluate(node.child_by_field_name("argument"))
        return Unknown("!" + value.spelling) if isinstance(value, Unknown) else not value

    def on_binary_expression(self, node):
        left, operator, right = node.children[0], bicep.text(node.children[1]), node.children[2]
        first = self.evaluate(left)
        if operator == "&&" and first is False or operator == "||" and first is True:
            return first
        second = self.evaluate(right)
        if isinstance(first, Unknown) or isinstance(second, Unknown):
            return Unknown(f"{spell(first)} {operator} {spell(second)}", is_secret(first) or is_secret(second))
        return {"==": first == second, "!=": first != second, "&&": second, "||": second}[operator]

    def on_ternary_expression(self, node):
        condition, first, second = (child for child in node.named_children if child.type != "comment")
        chosen = self.evaluate(condition)
        if isinstance(chosen, Unknown):
            # Both must make sense; which one it is, nobody knows yet.
            values = [self.evaluate(first), self.evaluate(second)]
            return Unknown(f"one of {spell(values[0])}, {spell(values[1])}", any(map(is_secret, values)))
        return self.evaluate(first if chosen else second)

    def on_subscript_expression(self, node):
        return self.member(node, self.evaluate(node.child_by_field_name("object")),
                           self.evaluate(node.child_by_field_name("index")))

    def on_member_expression(self, node):
        owner = node.child_by_field_name("object")
        return self.member(node, self.evaluate(owner), bicep.text(node.child_by_field_name("property")))

    def member(self, node, owner, name):
        where = f"{self.path.name}:{node.start_point[0] + 1}"
        if owner is None:
            raise Fault(f"{where}: {bicep.text(node)} is of something that is not made")
        if isinstance(owner, Unknown):
            return Unknown(f"{owner.spelling}.{name}", owner.secret)
        if isinstance(owner, Module):
            if name == "outputs":
                return owner.outputs
            return Unknown(f"{owner.name}.{name}")
        if isinstance(owner, Resource):
            if name == "name":
                return owner.body["name"]
            return owner.id if name == "id" else Unknown(f"{owner.symbol}.{name}")
        try:
            return owner[name]
        except (KeyError, IndexError, TypeError):
            raise Fault(f"{where}: {bicep.text(node)} is not there") from None

    def on_call_expression(self, node):
        function = node.child_by_field_name("function")
        nodes = node.child_by_field_name("arguments").named_children
        arguments = [self.evaluate(child) for child in nodes if child.type != "comment"]
        name = bicep.text(function).removeprefix("az.")
        if "." in name:
            owner = self.evaluate(function.child_by_field_name("object"))
            called = bicep.text(function.child_by_field_name("property"))
            if not isinstance(owner, Resource) or not called.startswith("list"):
                raise Fault(f"{self.path.name}: {name} cannot be called")
            return Unknown(f"{owner.symbol}.{called}()", secret=True)
        if name not in FUNCTIONS:
            raise Fault(f"{self.path.name}: there is no function {name}")
        unknown = [argument for argument in arguments if isinstance(argument, Unknown)]
        if name == "empty" and unknown:
            return False
        if unknown:
            spelling = f"{name}({', '.join(map(spell, arguments))})"
            return Unknown(spelling, any(map(is_secret, arguments)))
        return FUNCTIONS[name](*arguments)

    def all_resources(self):
        for made in self.resources.values():
            yield made
        for module in self.modules.values():
            yield from module.all_resources()

    def all_modules(self):
        yield self
        for module in self.modules.values():
            yield from module.all_modules()


def show(value):
    """A value as JSON, for messages."""
    return json.dumps(value, default=lambda one: f"<{getattr(one, 'spelling', one)}>")[:120]
