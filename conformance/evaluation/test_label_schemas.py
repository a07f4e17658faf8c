"""Label schemas: the questions that reviewers answer."""

import pytest

pytestmark = pytest.mark.mlflow3

PASS_FAIL = {"pass_fail": {"positive_label": "yes", "negative_label": "no"}}


@pytest.fixture
def create(v3, experiment):
    def create(name="q", **fields):
        body = {"experiment_id": experiment, "name": name, "type": "FEEDBACK", "input": PASS_FAIL}
        return v3.post("label-schemas/create", {**body, **fields})

    return create


@pytest.mark.parametrize(
    "given, found",
    [
        (PASS_FAIL, PASS_FAIL),
        (
            {"categorical": {"options": ["a", "b"]}},
            {"categorical": {"options": ["a", "b"], "multi_select": False}},
        ),
        ({"numeric": {"min_value": 1}}, {"numeric": {"min_value": 1.0}}),
        ({"text": {"max_length": "5"}}, {"text": {"max_length": 5}}),
        ({"text": {}}, {"text": {}}),
    ],
)
def test_inputs(v3, create, given, found, experiment):
    made = create(input=given, instruction="why", enable_comment=True).json["label_schema"]
    assert made.pop("created_at") == made.pop("last_updated_at")
    schema_id = made.pop("schema_id")
    assert schema_id.startswith("ls-") and len(schema_id) == 35
    assert made == {
        "experiment_id": experiment,
        "name": "q",
        "type": "FEEDBACK",
        "instruction": "why",
        "enable_comment": True,
        "input": found,
        "is_default": False,
    }
    again = v3.ok("GET", "label-schemas/get", query={"schema_id": schema_id})["label_schema"]
    assert again["input"] == found
    query = {"experiment_id": experiment, "name": "q"}
    assert v3.ok("GET", "label-schemas/get-by-name", query=query)["label_schema"] == again
