"""Label schemas: the questions that reviewers answer."""

import pytest

from rest import assert_error, assert_invalid, assert_missing

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


def test_every_experiment_has_a_question(v3, create, experiment):
    create()
    listed = v3.ok("GET", "label-schemas/list", query={"experiment_id": experiment})
    default, own = listed["label_schemas"]
    assert (default["name"], default["is_default"], default["input"]) == ("Feedback", True, {"text": {}})
    assert own["name"] == "q" and listed["next_page_token"] == ""
    edit = v3.patch("label-schemas/update", {"schema_id": default["schema_id"], "name": "x"})
    assert_invalid(edit, "The experiment's default question cannot be edited.")
    delete = v3.delete("label-schemas/delete", {"schema_id": default["schema_id"]})
    assert_invalid(delete, "The experiment's default question cannot be deleted.")
    one = {"experiment_id": experiment, "max_results": 1}
    first = v3.ok("GET", "label-schemas/list", query=one)
    second = v3.ok("GET", "label-schemas/list", query={**one, "page_token": first["next_page_token"]})
    names = [schema["name"] for schema in first["label_schemas"] + second["label_schemas"]]
    assert names == ["Feedback", "q"]


def test_update_and_delete(v3, create):
    create("taken")
    schema_id = create().json["label_schema"]["schema_id"]

    def update(**fields):
        return v3.patch("label-schemas/update", {"schema_id": schema_id, **fields})

    labels = {"pass_fail": {"positive_label": "right", "negative_label": "wrong"}}
    changed = update(name="new", instruction="", input=labels).json["label_schema"]
    assert (changed["name"], changed["instruction"], changed["input"]) == ("new", "", labels)
    assert_invalid(
        update(input={"text": {}}),
        "A label schema's input type cannot be changed after creation (existing: InputPassFail, "
        "got: InputText).",
    )
    assert_error(update(name="taken"), 400, "RESOURCE_ALREADY_EXISTS")
    assert v3.delete("label-schemas/delete", {"schema_id": schema_id}).json == {}
    assert v3.delete("label-schemas/delete", {"schema_id": schema_id}).json == {}
    message = f"Label schema with id '{schema_id}' not found."
    assert_missing(v3.get("label-schemas/get", {"schema_id": schema_id}), message)
    assert_missing(update(name="x"), message)


def test_what_is_wrong(v3, create, experiment):
    create()
    message = f"Label schema with name 'q' already exists for experiment '{experiment}'."
    assert_error(create(), 400, "RESOURCE_ALREADY_EXISTS", message)
    kind = "Label schema `type` must be one of FEEDBACK or EXPECTATION; got proto enum value 0."
    assert_invalid(create("z", type="BAD"), kind)
    empty = (
        "Label schema `input` must have exactly one of `pass_fail`, `categorical`, `numeric`, or "
        "`text` set; got an empty oneof."
    )
    assert_invalid(create("z", input={}), empty)
    assert_invalid(
        create("feedback"),
        "`feedback` is reserved for the experiment's default question and cannot be used for "
        "another label schema.",
    )
    assert_invalid(
        create("z", input={"numeric": {"min_value": 2, "max_value": 1}}),
        "`InputNumeric.min_value` must be strictly less than `max_value`; got min=2.0, max=1.0.",
    )
    assert_invalid(
        create("z", input={"categorical": {}}),
        "`InputCategorical.options` must be a non-empty list; got [].",
    )
    assert_invalid(create("z" * 251), "Label schema `name` must be at most 250 characters; got 251.")
    assert_missing(create(experiment_id="999999"), "No Experiment with id=999999 exists")
    for size in (0, 50_001):
        assert_invalid(v3.get("label-schemas/list", {"experiment_id": experiment, "max_results": size}))
