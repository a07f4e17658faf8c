"""Searching logged models: filters, orders, datasets, pages."""

import pytest

from rest import assert_error, assert_invalid

pytestmark = pytest.mark.mlflow3

SPEC = {
    # name: metrics (value, dataset, step), params, tags, status
    "alpha": ([(0.5, "iris", 0), (0.9, "iris", 1)], {"lr": "0.1"}, {"team": "x"}, "LOGGED_MODEL_READY"),
    "bravo": ([(0.7, "iris", 0), (0.2, "digits", 1)], {"lr": "0.2"}, {"team": "y"}, "LOGGED_MODEL_READY"),
    "charlie": ([(0.1, "digits", 0)], {}, {}, None),
    "delta": ([], {"lr": "0.1"}, {"team": "x"}, "LOGGED_MODEL_UPLOAD_FAILED"),
}


@pytest.fixture
def models(rest, experiment):
    run_id = rest.run(experiment)
    ids = {}
    for name, (metrics, params, tags, status) in SPEC.items():
        ids[name] = rest.model(
            experiment,
            name=name,
            model_type="Agent" if name < "c" else "",
            params=[{"key": key, "value": value} for key, value in params.items()],
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
        for value, dataset, step in metrics:
            rest.log_metric(
                run_id,
                "acc",
                value,
                timestamp=step + 1,
                step=step,
                model_id=ids[name],
                dataset_name=dataset,
                dataset_digest="1",
            )
        if status:
            body = {"model_id": ids[name], "status": status}
            rest.ok("PATCH", f"logged-models/{ids[name]}", body)
    return ids


def search(rest, experiment, **body):
    answer = rest.ok("POST", "logged-models/search", {"experiment_ids": [experiment], **body})
    return [model["info"]["name"] for model in answer.get("models", [])]


def test_newest_first(rest, experiment, models):
    found = search(rest, experiment)
    assert sorted(found) == sorted(SPEC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = 'alpha'", ["alpha"]),
        ("name != 'alpha'", ["bravo", "charlie", "delta"]),
        ("name LIKE '%l%'", ["alpha", "charlie", "delta"]),
        ("name ILIKE 'ALPHA'", ["alpha"]),
        ("attributes.name = 'bravo'", ["bravo"]),
        ("model_type = 'Agent'", ["alpha", "bravo"]),
        # The last value counts.
        pytest.param("metrics.acc > 0.6", ["alpha"], marks=pytest.mark.since("3.18")),
        pytest.param("status = 'READY'", ["alpha", "bravo"], marks=pytest.mark.since("3.18")),
        pytest.param("status NOT IN ('READY', 'PENDING')", ["delta"], marks=pytest.mark.since("3.18")),
        ("metrics.acc < 0.3", ["bravo", "charlie"]),
        ("params.lr = '0.1'", ["alpha", "delta"]),
        ("params.`lr` != '0.1'", ["bravo"]),
        ("tags.team = 'x'", ["alpha", "delta"]),
        ("tags.team LIKE '%'", ["alpha", "bravo", "delta"]),
        ("creation_timestamp > 0", ["alpha", "bravo", "charlie", "delta"]),
        ("params.lr = '0.1' AND metrics.acc >= 0.9", ["alpha"]),
        ("name IN ('alpha', 'delta', 'none')", ["alpha", "delta"]),
    ],
)
def test_filters(rest, experiment, models, text, expected):
    assert search(rest, experiment, filter=text, order_by=[{"field_name": "name", "ascending": True}]) == expected


def test_ids(rest, experiment, models):
    assert search(rest, experiment, filter=f"model_id = '{models['bravo']}'") == ["bravo"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"field_name": "name", "ascending": True}, ["alpha", "bravo", "charlie", "delta"]),
        ({"field_name": "name", "ascending": False}, ["delta", "charlie", "bravo", "alpha"]),
        ({"field_name": "metrics.acc", "ascending": True, "dataset_name": "iris"}, ["bravo", "alpha"]),
        ({"field_name": "metrics.acc", "ascending": False, "dataset_name": "iris"}, ["alpha", "bravo"]),
        ({"field_name": "metrics.acc", "ascending": True, "dataset_name": "digits"}, ["charlie", "bravo"]),
    ],
)
def test_orders(rest, experiment, models, order, expected):
    found = search(rest, experiment, order_by=[order])
    assert found[: len(expected)] == expected
    assert sorted(found) == sorted(SPEC)


def test_the_latest_metric_counts(rest, experiment, models):
    order = [{"field_name": "metrics.acc", "ascending": False}]
    assert search(rest, experiment, order_by=order)[0] == "alpha"


@pytest.mark.since("3.18")
def test_datasets(rest, experiment, models):
    def names(*datasets, **body):
        return sorted(search(rest, experiment, datasets=list(datasets), **body))

    iris, digits = {"dataset_name": "iris", "dataset_digest": "1"}, {"dataset_name": "digits", "dataset_digest": "1"}
    assert names(iris) == ["alpha", "bravo"]
    assert names(digits) == ["bravo", "charlie"]
    assert names(iris, digits) == ["alpha", "bravo", "charlie"]
    assert names({"dataset_name": "iris", "dataset_digest": "other"}) == []
    assert names(iris, filter="metrics.acc < 0.6") == []
    assert names(iris, filter="metrics.acc > 0.8") == ["alpha"]
    assert names(digits, filter="metrics.acc < 0.15") == ["charlie"]


def test_pages_join_to_the_whole(rest, experiment, models):
    body = {"experiment_ids": [experiment], "max_results": 2, "order_by": [{"field_name": "name", "ascending": True}]}
    first = rest.ok("POST", "logged-models/search", body)
    second = rest.ok("POST", "logged-models/search", {**body, "page_token": first["next_page_token"]})
    names = [model["info"]["name"] for page in (first, second) for model in page["models"]]
    assert names == sorted(SPEC)
    assert "next_page_token" not in second


def test_a_token_serves_one_search(rest, experiment, models):
    first = rest.ok("POST", "logged-models/search", {"experiment_ids": [experiment], "max_results": 2})
    other = {"experiment_ids": [experiment], "filter": "name = 'alpha'", "page_token": first["next_page_token"]}
    assert_error(rest.post("logged-models/search", other), 400, "INVALID_PARAMETER_VALUE")


def test_refusals(rest, experiment):
    def ask(**body):
        return rest.post("logged-models/search", {"experiment_ids": [experiment], **body})

    assert_invalid(ask(order_by=[{"field_name": "nonsense"}]), "Invalid order by field name: nonsense")
    assert_invalid(
        ask(order_by=[{"field_name": "params.a"}]),
        "Invalid order by field name: params.a. Only metrics are supported.",
    )
    assert_invalid(
        ask(datasets=[{"dataset_digest": "1"}]), "`dataset_name` in the `datasets` clause must be specified."
    )
    assert_invalid(ask(filter="name = 'a' OR name = 'b'"))


@pytest.mark.safer
@pytest.mark.parametrize(
    "body",
    [
        {"filter": "nonsense = 'x'"},
        {"filter": "metrics.acc > 'x'"},
        {"page_token": "nonsense"},
        {"max_results": -1},
    ],
)
def test_what_breaks_the_reference_is_refused(rest, experiment, body):
    answer = rest.post("logged-models/search", {"experiment_ids": [experiment], **body})
    assert 400 <= answer.status < 500


def test_client_search(client, experiment, models):
    found = client.search_logged_models(
        [experiment],
        filter_string="metrics.acc > 0",
        datasets=[{"dataset_name": "iris", "dataset_digest": "1"}],
        order_by=[{"field_name": "metrics.acc", "ascending": False, "dataset_name": "iris"}],
        max_results=1,
    )
    assert [model.name for model in found] == ["alpha"]
    assert found.token
    assert {metric.key for metric in found[0].metrics} == {"acc"}


def test_deleted_models_are_not_found(rest, experiment, models):
    rest.ok("DELETE", f"logged-models/{models['alpha']}")
    assert "alpha" not in search(rest, experiment)
    assert search(rest, experiment, filter="name = 'alpha'") == []
