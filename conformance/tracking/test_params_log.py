"""Params: written once, never changed."""

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid, pairs


def params(rest, run_id):
    return pairs(rest.read_run(run_id)["data"].get("params", []))


def log(rest, run_id, key, value):
    return rest.post("runs/log-parameter", {"run_id": run_id, "key": key, "value": value})


def test_client_logs_and_reads(client, run):
    client.log_param(run, "lr", 0.1)
    client.log_param(run, "name", "value")
    assert client.get_run(run).data.params == {"lr": "0.1", "name": "value"}


def test_a_repetition_is_no_change(rest, run):
    for _ in range(3):
        assert log(rest, run, "a", "1").status == 200
    assert params(rest, run) == {"a": "1"}


def test_a_change_is_refused(rest, run):
    log(rest, run, "a", "1")
    message = (
        "Changing param values is not allowed. Param with key='a' was already logged with value='1' "
        f"for run ID='{run}'. Attempted logging new value '2'."
    )
    assert_invalid(log(rest, run, "a", "2"), message)
    assert params(rest, run) == {"a": "1"}


def test_client_explains_a_change(client, run):
    client.log_param(run, "a", "1")
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(run, "a", "2")


@pytest.mark.parametrize("value", ["", " ", "ünï 🧪 試験", "line\nbreak\ttab", '"q" \'q\' \\', "\u0001", "%s {x}"])
def test_values(rest, run, value):
    assert log(rest, run, "p", value).status == 200
    assert params(rest, run) == {"p": value}


def test_long_values_are_cut(rest, run):
    assert log(rest, run, "fits", "x" * 6000).status == 200
    assert log(rest, run, "cut", "y" * 6001).status == 200
    assert log(rest, run, "characters", "ü" * 7000).status == 200
    found = params(rest, run)
    assert {key: len(value) for key, value in found.items()} == dict.fromkeys(found, 6000)
    assert log(rest, run, "cut", "y" * 6500).status == 200


def test_keys(rest, run):
    for key in ("a/b", "a.b", "a b", "a:b", "a-b", "A", "ü", "k" * 250):
        assert log(rest, run, key, "1").status == 200
    assert len(params(rest, run)) == 8
    assert_invalid(log(rest, run, "k" * 251, "1"), "'Param key' exceeds the maximum length of 250 characters")
    for key in ("a,b", "../a", "a//b", "/a", "a/", "."):
        assert_invalid(log(rest, run, key, "1"))


def test_missing_value_is_empty(rest, run):
    rest.ok("POST", "runs/log-parameter", {"run_id": run, "key": "p"})
    assert params(rest, run) == {"p": ""}


def test_types_are_checked(rest, run):
    for value, kind, text in [(5, "int", "5"), (True, "bool", "true"), (0.5, "float", "0.5")]:
        message = (
            f"Invalid value {text} for parameter 'value' supplied:  Hint: Value was of type '{kind}'. "
            "See the API docs for more information about request parameters."
        )
        assert_invalid(log(rest, run, "p", value), message)


def test_fluent_params(fluent):
    with fluent.start_run() as run:
        fluent.log_param("one", 1)
        fluent.log_params({f"p{number}": number for number in range(250)})
        with pytest.raises(MlflowException, match="Changing param values"):
            fluent.log_params({"one": 2, "new": 3})
    found = fluent.get_run(run.info.run_id).data.params
    assert len(found) == 251 and "new" not in found
