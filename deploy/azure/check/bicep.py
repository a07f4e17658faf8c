"""Reads Bicep files into declarations and expressions, and nothing more."""

import dataclasses
import functools
import pathlib

import tree_sitter
import tree_sitter_bicep

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))


class SyntaxFault(Exception):
    """A place that does not parse."""


@dataclasses.dataclass
class Declaration:
    """A param, var, resource, module or output."""

    kind: str
    name: str
    line: int
    # The declared type of a param or output, the type of a resource, the path of a module.
    type: str = ""
    value: "tree_sitter.Node | None" = None
    condition: "tree_sitter.Node | None" = None
    existing: bool = False
    decorators: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class File:
    path: pathlib.Path
    declarations: dict

    def of_kind(self, kind):
        return [one for one in self.declarations.values() if one.kind == kind]


def text(node):
    return node.text.decode()


def read(path, source=None):
    """`source`: the text to take for the file's."""
    return parse(path, path.read_text() if source is None else source)


@functools.cache
def parse(path, source):
    root = PARSER.parse(source.encode()).root_node
    refuse_faults(path, root)
    declarations, decorators = {}, {}
    for node in root.children:
        if node.type == "decorators":
            decorators = read_decorators(node)
            continue
        one = declaration(node)
        if one is not None:
            if (one.kind, one.name) in declarations:
                raise SyntaxFault(f"{path.name}:{one.line}: {one.name} is declared twice")
            one.decorators, decorators = decorators, {}
            declarations[one.kind, one.name] = one
    return File(path, declarations)


def refuse_faults(path, node):
    if node.type == "ERROR" or node.is_missing:
        raise SyntaxFault(f"{path.name}:{node.start_point[0] + 1}: does not parse: {text(node)[:60]!r}")
    for child in node.children:
        refuse_faults(path, child)


def read_decorators(node):
    found = {}
    for decorator in node.named_children:
        call = decorator.named_children[0]
        arguments = call.child_by_field_name("arguments")
        found[text(call.child_by_field_name("function"))] = list(arguments.named_children)
    return found


def declaration(node):
    kind = node.type.removesuffix("_declaration").replace("parameter", "param").replace("variable", "var")
    if kind not in ("param", "var", "resource", "module", "output"):
        return None
    line = node.start_point[0] + 1
    named = [child for child in node.named_children if child.type != "comment"]
    one = Declaration(kind, text(named[0]), line)
    rest = named[1:]
    if kind in ("resource", "module"):
        one.type = text(rest.pop(0)).strip("'")
        one.existing = any(child.type == "existing" for child in node.children)
        rest = [child for child in rest if child.type != "existing"]
    elif kind in ("param", "output"):
        one.type = text(rest.pop(0))
    if rest and rest[-1].type == "if_statement":
        one.condition, one.value = rest[-1].named_children[0], rest[-1].named_children[-1]
    elif rest:
        one.value = rest[-1]
    return one
