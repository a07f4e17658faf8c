"""Searching experiments: filters, orders, pages."""

import pytest
from mlflow.exceptions import MlflowException

from rest import assert_invalid


@pytest.fixture
def group(rest, unique):
    """Five experiments under one tag; returns their names in the order of creation."""
    names = [unique(name) for name in ("delta", "alpha", "echo", "charlie", "bravo")]
    for number, name in enumerate(names):
        tags = [{"key": "group", "value": unique("group")}, {"key": "n", "value": str(number)}]
        rest.experiment(name, tags=tags)
    return names


def found(client, unique, text="", **arguments):
    mine = f"tags.group = '{unique('group')}'"
    filter_string = f"{mine} AND {text}" if text else mine
    return [e.name for e in client.search_experiments(filter_string=filter_string, **arguments)]


def test_newest_first(client, group, unique):
    assert found(client, unique) == group[::-1]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("column", ["name", "experiment_id", "creation_time", "last_update_time"])
def test_orders(client, group, unique, column, direction):
    order = [f"{column} {direction}", "experiment_id ASC"]
    expected = sorted(group) if column == "name" else group
    answer = found(client, unique, order_by=order)
    if "time" in column:
        assert sorted(answer) == sorted(group)
    else:
        assert answer == (expected if direction == "ASC" else expected[::-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = '{alpha}'", ["alpha"]),
        ("name != '{alpha}'", ["bravo", "charlie", "delta", "echo"]),
        ("name LIKE 'a%'", ["alpha"]),
        ("name LIKE '%ha-%'", ["alpha"]),
        ("name ILIKE 'AL%'", ["alpha"]),
        ("attribute.name ILIKE '%O-%'", ["bravo", "echo"]),
        ("tags.n = '2'", ["echo"]),
        ("tags.n != '2'", ["alpha", "bravo", "charlie", "delta"]),
        ("tags.n LIKE '%'", ["alpha", "bravo", "charlie", "delta", "echo"]),
        ("tags.`n` ILIKE '3'", ["charlie"]),
        ("tags.none = '1'", []),
        ("tags.none != '1'", []),
        ("creation_time > 0", ["alpha", "bravo", "charlie", "delta", "echo"]),
        ("creation_time <= 5", []),
        ("last_update_time >= 1", ["alpha", "bravo", "charlie", "delta", "echo"]),
    ],
)
def test_filters(client, group, unique, text, expected):
    text = text.replace("{alpha}", unique("alpha"))
    assert found(client, unique, text, order_by=["name ASC"]) == [unique(name) for name in expected]


def test_pages_join_to_the_whole(client, group, unique):
    names, token, sizes = [], None, []
    while True:
        page = client.search_experiments(
            filter_string=f"tags.group = '{unique('group')}'",
            max_results=2,
            order_by=["name ASC"],
            page_token=token,
        )
        names += [experiment.name for experiment in page]
        sizes.append(len(page))
        token = page.token
        if not token:
            break
    assert names == sorted(group)
    assert sizes == [2, 2, 1]


def test_a_full_last_page_has_no_token(client, group, unique):
    page = client.search_experiments(
        filter_string=f"tags.group = '{unique('group')}'", max_results=len(group)
    )
    assert len(page) == len(group) and not page.token


def test_pages_hold_while_rows_are_added(rest, client, group, unique):
    mine = f"tags.group = '{unique('group')}'"
    first = client.search_experiments(filter_string=mine, max_results=3, order_by=["experiment_id ASC"])
    rest.experiment(unique("zulu"), tags=[{"key": "group", "value": unique("group")}])
    second = client.search_experiments(
        filter_string=mine, max_results=3, order_by=["experiment_id ASC"], page_token=first.token
    )
    assert [e.name for e in [*first, *second]] == [*group, unique("zulu")]


def test_quotes_are_only_text(client, unique):
    name = unique("it's \"quoted\"")
    client.create_experiment(name)
    assert [e.name for e in client.search_experiments(filter_string=f"name LIKE '%{unique('')}'")] == [name]


def test_page_sizes(rest):
    message = "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"
    assert_invalid(rest.post("experiments/search", {"max_results": 50001}), message)
    message = "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"
    assert_invalid(rest.post("experiments/search", {}), message)


def test_client_passes_refusals_on(client):
    with pytest.raises(MlflowException, match="Invalid clause"):
        client.search_experiments(filter_string="name = 'a' OR name = 'b'")


def test_fluent_search(fluent, group, unique):
    names = [e.name for e in fluent.search_experiments(filter_string=f"tags.group = '{unique('group')}'")]
    assert names == group[::-1]
