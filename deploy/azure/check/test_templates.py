"""The templates as they are: they parse, fit Azure's types and keep our rules, whatever way they are deployed."""

import json
import pathlib
import re

import pytest

import arm_types
import policy
from conftest import INFRA, WAYS, work_out

FOLDER = pathlib.Path(__file__).parents[1]


@pytest.mark.parametrize("rule", policy.RULES, ids=lambda rule: rule.__name__)
def test_rules_hold(deployment, rule):
    assert list(rule(deployment)) == []


@pytest.mark.skipif(arm_types.folder() is None, reason="HEADWATER_AZURE_TYPES names no folder: types were not checked")
def test_types_fit(deployment):
    faults = [fault for one in deployment.root.all_resources() for fault in arm_types.check(one, arm_types.folder())]
    assert faults == []


def test_no_template_is_left_over():
    used = {module.path.name for way in WAYS for module in work_out(way).root.all_modules()}
    assert {path.name for path in INFRA.rglob("*.bicep")} == used


def test_parameters_of_azd_are_those_of_the_template():
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    declared = set(re.findall(r"^param (\w+)", (INFRA / "main.bicep").read_text(), re.MULTILINE))
    assert set(given) == declared
    hooks = "".join(path.read_text() for path in (FOLDER / "hooks").iterdir())
    for parameter in given.values():
        variable, _, default = parameter["value"].strip("${}").partition("=")
        if not default and "=" not in parameter["value"] and not variable.startswith("AZURE_"):
            assert f"set_value {variable} " in hooks, f"nobody gives {variable}"


def test_hooks_are_shell_and_named():
    named = re.findall(r"run: (\S+)", (FOLDER / "azure.yaml").read_text())
    assert sorted(named) == sorted(f"hooks/{path.name}" for path in (FOLDER / "hooks").iterdir())
    for name in named:
        assert (FOLDER / name).stat().st_mode & 0o111, f"{name} cannot be run"
